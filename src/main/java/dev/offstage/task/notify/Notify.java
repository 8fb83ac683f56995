package dev.offstage.task.notify;

import java.util.NoSuchElementException;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;

import io.quarkus.runtime.annotations.RegisterForReflection;

import dev.offstage.job.Attempt;
import dev.offstage.job.JobHandler;
import dev.offstage.job.JobType;
import dev.offstage.job.PermanentFailure;

/** Tells a user something, together with whatever else comes within a minute or so. */
@ApplicationScoped
public class Notify implements JobHandler<Notify.Payload> {

    public static final JobType<Payload> TYPE = new JobType<>("notify", Payload.class);

    private final Notifications notifications;

    Notify(Notifications notifications) {
        this.notifications = notifications;
    }

    /**
     * @param userId who is told
     * @param title one line, of at most 200 characters
     * @param text plain, of at most 4,000 characters
     */
    @RegisterForReflection
    public record Payload(UUID userId, String title, String text) {

        /** @throws IllegalArgumentException if something is missing or too long; the message says what to change */
        public Payload {
            if (userId == null) {
                throw new IllegalArgumentException("Send the id of a user as \"userId\".");
            }
            Notification.check(title, text);
        }
    }

    @Override
    public JobType<Payload> type() {
        return TYPE;
    }

    @Override
    public void handle(Attempt<Payload> attempt) {
        Payload payload = attempt.payload();
        try {
            notifications.add(payload.userId(), new Notification(attempt.jobId(), payload.title(), payload.text()));
        } catch (NoSuchElementException e) {
            throw new PermanentFailure(e.getMessage() + " Enqueue a new job with the id of one that is there.", e);
        }
    }
}
