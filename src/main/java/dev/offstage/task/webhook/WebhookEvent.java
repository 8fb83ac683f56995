package dev.offstage.task.webhook;

import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What other systems can be told of. */
public enum WebhookEvent {

    /** Somebody signed up. */
    USER_SIGNED_UP("user.signed-up"),
    /**
     * A job failed for good. Deliveries of web hooks are left out: telling of a failed delivery could fail, too, and so on
     * without end.
     */
    JOB_DEAD("job.dead"),
    /** Another web hook was switched off because its endpoint does not answer, or wants no more. */
    WEBHOOK_DISABLED("webhook.disabled");

    private final String label;

    WebhookEvent(String label) {
        this.label = label;
    }

    /** As in subscriptions and deliveries. */
    public String label() {
        return label;
    }

    public static Optional<WebhookEvent> of(String label) {
        return Stream.of(values()).filter(event -> event.label.equals(label)).findFirst();
    }

    /** All of them, for a person. */
    public static String labels() {
        return Stream.of(values()).map(WebhookEvent::label).collect(Collectors.joining(", "));
    }
}
