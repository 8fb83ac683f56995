package dev.offstage.task.notify;

import java.util.Map;

import jakarta.enterprise.context.ApplicationScoped;

import dev.offstage.job.Attempt;
import dev.offstage.job.JobHandler;
import dev.offstage.job.JobType;

/** Hands the notifications of a user to the channels, when their window has ended. */
@ApplicationScoped
public class NotifyDigest implements JobHandler<DueDigest> {

    public static final JobType<DueDigest> TYPE = new JobType<>(DueDigest.JOB_TYPE, DueDigest.class);

    private final Notifications notifications;

    NotifyDigest(Notifications notifications) {
        this.notifications = notifications;
    }

    @Override
    public JobType<DueDigest> type() {
        return TYPE;
    }

    @Override
    public void handle(Attempt<DueDigest> attempt) {
        attempt.result(Map.of("notifications", notifications.deliver(attempt.payload().userId())));
    }
}
