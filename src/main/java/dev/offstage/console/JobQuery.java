package dev.offstage.console;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.UriInfo;

import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.jboss.resteasy.reactive.RestQuery;

import dev.offstage.http.InvalidField;
import dev.offstage.job.JobFilter;
import dev.offstage.job.JobState;
import dev.offstage.job.JobTypes;
import dev.offstage.job.Text;
import dev.offstage.user.AppUser;
import dev.offstage.user.EmailAddress;

/** Which jobs a request is about, as its query says. What is missing or empty says nothing. */
public class JobQuery {

    private static final int LONGEST_TEXT = 500;
    private static final String PAYLOAD = "payload.";

    @RestQuery
    @Parameter(description = "the name of a job type", example = "welcome-email")
    String type;

    @RestQuery
    @Parameter(description = "scheduled, queued, running, retrying, completed, dead or cancelled; several with commas between them", example = "dead")
    String state;

    @RestQuery
    @Parameter(description = "the jobs of one key, which is the user's id for those of a sign-up")
    String key;

    @RestQuery
    @Parameter(description = "the jobs of one user, by id or e-mail address", example = "ada@example.com")
    String user;

    @RestQuery
    @Parameter(description = "found in the latest error, written as class: message; * stands for anything", example = "Connection refused")
    String error;

    @RestQuery
    @Parameter(description = "found in the key, the payload or the latest error; * stands for anything")
    String q;

    @RestQuery
    @Parameter(description = "enqueued then or later", example = "2026-01-31T03:00:00Z")
    String from;

    @RestQuery
    @Parameter(description = "enqueued before", example = "2026-01-31T04:00:00Z")
    String to;

    @Context
    UriInfo address;

    /** @throws InvalidField if a parameter cannot be meant */
    public JobFilter filter(JobTypes types) {
        return new JobFilter(knownType(types), knownStates(), keyOrUser(), text("error", error), text("q", q),
                instant("from", from), instant("to", to), payload());
    }

    /** The query once more, to be the query of another address: all but where a page begins and how long it is. */
    public String encoded() {
        String raw = address.getRequestUri().getRawQuery();
        return raw == null
                ? ""
                : Stream.of(raw.split("&"))
                        .filter(part -> !part.endsWith("=") && !part.startsWith("after=") && !part.startsWith("limit="))
                        .collect(Collectors.joining("&"));
    }

    /** What was sent, as it was sent: for the form that sent it. Never null. */
    public Map<String, String> values() {
        Map<String, String> values = new HashMap<>();
        address.getQueryParameters().forEach((name, sent) -> values.put(name, sent.get(0)));
        return values;
    }

    private String knownType(JobTypes types) {
        if (isEmpty(type)) {
            return null;
        }
        if (types.find(type).isEmpty()) {
            throw new InvalidField("type", "There is no such job type.");
        }
        return type;
    }

    private Set<JobState> knownStates() {
        if (isEmpty(state)) {
            return Set.of();
        }
        return Stream.of(state.split(",")).map(JobQuery::knownState).collect(Collectors.toSet());
    }

    private static JobState knownState(String label) {
        return JobState.of(label.strip())
                .orElseThrow(() -> new InvalidField("state", "There is no such state; there are "
                        + String.join(", ", Arrays.stream(JobState.values()).map(JobState::label).toList()) + "."));
    }

    private String keyOrUser() {
        if (isEmpty(user)) {
            return text("key", key);
        }
        if (!isEmpty(key)) {
            throw new InvalidField("user", "Send either key or user.");
        }
        return isId(user) ? user : userWithAddress();
    }

    private String userWithAddress() {
        EmailAddress address;
        try {
            address = new EmailAddress(user);
        } catch (IllegalArgumentException e) {
            throw new InvalidField("user", "Send a user's id or e-mail address.");
        }
        return AppUser.findByEmail(address)
                .map(found -> found.id.toString())
                .orElseThrow(() -> new InvalidField("user", "Nobody has signed up with this e-mail address."));
    }

    private Map<String, String> payload() {
        Map<String, String> fields = new HashMap<>();
        address.getQueryParameters().forEach((name, values) -> {
            if (name.startsWith(PAYLOAD) && name.length() > PAYLOAD.length() && !isEmpty(values.get(0))) {
                fields.put(text(name, name.substring(PAYLOAD.length())), text(name, values.get(0)));
            }
        });
        return fields;
    }

    private static boolean isEmpty(String value) {
        return value == null || value.isBlank();
    }

    /** {@link UUID#fromString} reads shortened forms too; only the full one is an id. */
    static boolean isId(String value) {
        try {
            return UUID.fromString(value).toString().equalsIgnoreCase(value);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    static String text(String field, String value) {
        if (isEmpty(value)) {
            return null;
        }
        if (value.length() > LONGEST_TEXT || value.indexOf('\0') >= 0 || !Text.isWellFormed(value)) {
            throw new InvalidField(field, "Send at most " + LONGEST_TEXT + " characters, none of them NUL.");
        }
        return value;
    }

    private static Instant instant(String field, String value) {
        try {
            return isEmpty(value) ? null : Instant.parse(value);
        } catch (DateTimeException e) {
            throw new InvalidField(field, "Send a time such as 2026-01-31T12:00:00Z.");
        }
    }
}
