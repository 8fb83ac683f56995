package dev.offstage.task.notify;

import java.io.IOException;
import java.time.Clock;
import java.util.Map;

import jakarta.enterprise.context.ApplicationScoped;

import com.fasterxml.jackson.databind.ObjectMapper;

import dev.offstage.job.Attempt;
import dev.offstage.job.JobHandler;
import dev.offstage.job.JobType;
import dev.offstage.outbound.Destination;
import dev.offstage.outbound.HttpAnswer;
import dev.offstage.outbound.OutboundHttp;

/**
 * Posts a message to an incoming web hook of Slack (docs.slack.dev, "Sending messages using incoming webhooks"). Slack has no way
 * to recognise a repeat; for others that take the same JSON, the header {@code webhook-id} is the id of the job.
 */
@ApplicationScoped
public class NotifySlack implements JobHandler<SlackMessage> {

    public static final JobType<SlackMessage> TYPE = new JobType<>(SlackMessage.JOB_TYPE, SlackMessage.class);

    private final OutboundHttp http;
    private final ObjectMapper json;
    private final Clock clock;

    NotifySlack(OutboundHttp http, ObjectMapper json, Clock clock) {
        this.http = http;
        this.json = json;
        this.clock = clock;
    }

    @Override
    public JobType<SlackMessage> type() {
        return TYPE;
    }

    @Override
    public void handle(Attempt<SlackMessage> attempt) throws IOException, InterruptedException {
        NotificationChannel channel = NotificationChannel.findById(attempt.payload().channel());
        if (channel == null) {
            attempt.result(Map.of("notSent", "The user has chosen other channels since then."));
            return;
        }
        Destination destination = channel.channel().destination();
        HttpAnswer answer = http.post(destination, Map.of("webhook-id", attempt.jobId().toString()),
                json.writeValueAsBytes(Map.of("text", escaped(attempt.payload().text()))));
        answer.check(destination.host(), "Ask the user for a channel that works, then redrive this job.",
                clock.instant());
    }

    /** The three characters that mean something to Slack (docs.slack.dev, "Formatting message text", "Escaping text"). */
    static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
