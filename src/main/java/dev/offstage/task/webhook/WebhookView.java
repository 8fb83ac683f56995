package dev.offstage.task.webhook;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * A web hook, for operators.
 *
 * @param secret only in the answers that tell of a new one
 * @param owner null if the operator is told
 * @param failingSince every attempt has failed since then; null if the last one did not
 * @param disabledAt null while it is on
 * @param disabledReason null while it is on
 */
public record WebhookView(UUID id, @JsonInclude(JsonInclude.Include.NON_NULL) String secret, String url,
        List<String> events, String owner, Instant createdAt, Instant failingSince, Instant disabledAt,
        String disabledReason) {

    static WebhookView of(Webhook webhook) {
        return of(webhook, null);
    }

    static WebhookView withSecret(Webhook webhook, WebhookSecret secret) {
        return of(webhook, secret.text());
    }

    private static WebhookView of(Webhook webhook, String secret) {
        return new WebhookView(webhook.id, secret, webhook.url, List.of(webhook.events), webhook.owner,
                webhook.createdAt, webhook.failingSince, webhook.disabledAt, webhook.disabledReason);
    }
}
