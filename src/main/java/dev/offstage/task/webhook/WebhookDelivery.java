package dev.offstage.task.webhook;

import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

import jakarta.enterprise.context.ApplicationScoped;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.offstage.job.Attempt;
import dev.offstage.job.JobHandler;
import dev.offstage.job.JobType;
import dev.offstage.job.PermanentFailure;
import dev.offstage.job.RetryLater;
import dev.offstage.outbound.HttpAnswer;
import dev.offstage.outbound.OutboundHttp;

/**
 * Tells one subscription of one event, as the Standard Webhooks specification has it. The header {@code webhook-id} is the id of
 * the job: each event has one job for each subscription, and it keeps its id over attempts and redrives, so that the receiver can
 * drop a repeat.
 */
@ApplicationScoped
public class WebhookDelivery implements JobHandler<WebhookMessage> {

    public static final JobType<WebhookMessage> TYPE = new JobType<>(WebhookMessage.JOB_TYPE, WebhookMessage.class);

    private static final int GONE = 410;

    private final OutboundHttp http;
    private final WebhookHealth health;
    private final ObjectMapper json;
    private final Clock clock;

    WebhookDelivery(OutboundHttp http, WebhookHealth health, ObjectMapper json, Clock clock) {
        this.http = http;
        this.health = health;
        this.json = json;
        this.clock = clock;
    }

    @Override
    public JobType<WebhookMessage> type() {
        return TYPE;
    }

    @Override
    public void handle(Attempt<WebhookMessage> attempt) throws IOException, InterruptedException {
        Webhook webhook = Webhook.findById(attempt.payload().webhook());
        if (webhook == null || webhook.disabledAt != null) {
            attempt.result(Map.of("notSent", webhook == null ? "The web hook was deleted." : "The web hook is off."));
            return;
        }
        HttpAnswer answer = deliver(webhook, attempt);
        if (answer.status() == GONE) {
            health.disable(webhook.id, clock.instant(), "its endpoint answered 410: it wants no more.");
        } else if (webhook.failingSince != null) { // else there is nothing to write down
            health.succeeded(webhook.id);
        }
        attempt.result(Map.of("status", answer.status()));
    }

    /** @return 2xx or 410 */
    private HttpAnswer deliver(Webhook webhook, Attempt<WebhookMessage> attempt)
            throws IOException, InterruptedException {
        try {
            HttpAnswer answer = send(webhook, attempt);
            if (answer.status() != GONE) {
                answer.check(webhook.host(), "Correct the endpoint or the web hook's URL, then redrive this job.",
                        clock.instant());
            }
            return answer;
        } catch (IOException | PermanentFailure | RetryLater failure) {
            health.failed(webhook.id, clock.instant(), failure.getMessage());
            throw failure;
        }
    }

    private HttpAnswer send(Webhook webhook, Attempt<WebhookMessage> attempt) throws IOException, InterruptedException {
        String id = attempt.jobId().toString();
        Instant now = clock.instant();
        byte[] body = body(attempt.payload());
        String signatures = webhook.secrets(now)
                .stream()
                .map(secret -> secret.sign(id, now, body))
                .collect(Collectors.joining(" "));
        return http.post(webhook.destination(),
                Map.of("webhook-id", id, "webhook-timestamp", Long.toString(now.getEpochSecond()), "webhook-signature",
                        signatures),
                body);
    }

    private byte[] body(WebhookMessage message) throws JsonProcessingException {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("type", message.type());
        body.put("timestamp", message.timestamp());
        body.put("data", message.data());
        return json.writeValueAsBytes(body);
    }
}
