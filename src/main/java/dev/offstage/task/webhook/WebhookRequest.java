package dev.offstage.task.webhook;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import jakarta.ws.rs.WebApplicationException;

import dev.offstage.http.Problem;
import dev.offstage.http.Problem.Violation;
import dev.offstage.outbound.Destination;
import dev.offstage.outbound.Destinations;
import dev.offstage.outbound.RefusedAddress;
import dev.offstage.user.EmailAddress;

/**
 * A web hook that somebody wants.
 *
 * @param url where events are sent: http or https, of a public host
 * @param events such as user.signed-up
 * @param owner an e-mail address that is told when the web hook is switched off; null for the operator's
 */
public record WebhookRequest(String url, List<String> events, String owner) {

    /** A request that holds. */
    record Checked(Destination destination, List<WebhookEvent> events, String owner) {}

    /** @throws WebApplicationException 400, naming every field that is not valid */
    Checked check(Destinations destinations) throws InterruptedException {
        List<Violation> violations = new ArrayList<>();
        Destination destination = checkedUrl(destinations, violations);
        List<WebhookEvent> known = knownEvents(violations);
        String address = checkedOwner(violations);
        if (!violations.isEmpty()) {
            throw new WebApplicationException(Problem.invalid(violations).response());
        }
        return new Checked(destination, known, address);
    }

    private Destination checkedUrl(Destinations destinations, List<Violation> violations)
            throws InterruptedException {
        try {
            return destinations.check(url);
        } catch (IllegalArgumentException | RefusedAddress | IOException e) {
            violations.add(new Violation("url", e.getMessage()));
            return null;
        }
    }

    private List<WebhookEvent> knownEvents(List<Violation> violations) {
        if (events == null || events.isEmpty() || events.size() > WebhookEvent.values().length) {
            violations.add(new Violation("events", "Send a list of events; there are " + WebhookEvent.labels() + "."));
            return List.of();
        }
        List<WebhookEvent> known = new ArrayList<>();
        for (String event : events) {
            WebhookEvent.of(event)
                    .ifPresentOrElse(known::add, () -> violations.add(new Violation("events",
                            "There is no event " + event + "; there are " + WebhookEvent.labels() + ".")));
        }
        return known.stream().distinct().toList();
    }

    private String checkedOwner(List<Violation> violations) {
        try {
            return owner == null ? null : new EmailAddress(owner).value();
        } catch (IllegalArgumentException e) {
            violations.add(new Violation("owner", e.getMessage()));
            return null;
        }
    }
}
