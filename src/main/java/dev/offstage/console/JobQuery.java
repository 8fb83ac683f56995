package dev.offstage.console;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.UriInfo;

import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.jboss.resteasy.reactive.RestQuery;

import dev.offstage.http.InvalidField;
import dev.offstage.job.JobState;
import dev.offstage.job.JobTypes;
import dev.offstage.job.ledger.Text;
import dev.offstage.job.watch.JobFilter;

/**
 * Which jobs a request is about, as the parameters of its query say. In a list an empty parameter is ignored, for forms send
 * all their fields. In an action on many jobs an empty one is refused. An unknown parameter is refused in both: it is probably
 * misspelt, and without it the query would match more jobs than was meant.
 */
public class JobQuery {

    private static final int LONGEST_TEXT = 500;
    private static final String PAYLOAD = "payload.";
    private static final Set<String> CONDITIONS = Set.of("type", "state", "key", "user", "error", "cause", "q", "from",
            "to", "recordId");
    private static final Set<String> OF_A_LIST = Set.of("after", "limit");
    private static final String OF_A_PAGE = "back";

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
    @Parameter(description = "the whole of what the latest error comes from, as class: message with a star for each address, id and number", example = "java.io.IOException: Connection refused: mail/*.*.*.*:*")
    String cause;

    @RestQuery
    @Parameter(description = "found in the key, the payload or the latest error; * stands for anything")
    String q;

    @RestQuery
    @Parameter(description = "enqueued then or later", example = "2026-01-31T03:00:00Z")
    String from;

    @RestQuery
    @Parameter(description = "enqueued before", example = "2026-01-31T04:00:00Z")
    String to;

    @RestQuery
    @Parameter(description = "what the record of another program calls the job; unique within its type", example = "order-4711")
    String recordId;

    @Context
    UriInfo address;

    /** @throws InvalidField if a parameter cannot be meant */
    public JobFilter filter(JobTypes types, UserKeys users) {
        address.getQueryParameters().forEach(JobQuery::check);
        return new JobFilter(knownType(types), knownStates(), keyOrUser(users), text("error", error),
                text("cause", cause),
                text("q", q), instant("from", from), instant("to", to), text("recordId", recordId), payload());
    }

    /**
     * For an action on all jobs that it lets through.
     *
     * @throws InvalidField if a parameter cannot be meant, or says nothing, or none says which jobs
     */
    public JobFilter filterOfAction(JobTypes types, UserKeys users) {
        address.getQueryParameters().forEach((name, sent) -> {
            if (OF_A_LIST.contains(name)) {
                throw new InvalidField(name, "All jobs that match are meant: leave it out.");
            }
            if (isCondition(name) && isEmpty(sent.get(0))) {
                throw new InvalidField(name, "It is empty: say which jobs, or leave it out.");
            }
        });
        if (address.getQueryParameters().keySet().stream().noneMatch(JobQuery::isCondition)) {
            throw new InvalidField("state", "Say which jobs, such as ?state=dead&type=welcome-email.");
        }
        return filter(types, users);
    }

    private static void check(String name, List<String> sent) {
        if (!isCondition(name) && !OF_A_LIST.contains(name) && !OF_A_PAGE.equals(name)) {
            throw new InvalidField(name, "There is no such parameter; there are "
                    + CONDITIONS.stream().sorted().collect(Collectors.joining(", ")) + " and payload.<field>.");
        }
        if (sent.size() > 1) {
            throw new InvalidField(name, "Send it once.");
        }
    }

    private static boolean isCondition(String name) {
        return CONDITIONS.contains(name) || name.startsWith(PAYLOAD) && name.length() > PAYLOAD.length();
    }

    /** The query once more, to be the query of another address: all but where a page begins and how long it is. */
    public String encoded() {
        return address.getQueryParameters()
                .entrySet()
                .stream()
                .filter(parameter -> isCondition(parameter.getKey()) && !isEmpty(parameter.getValue().get(0)))
                .map(parameter -> encoded(parameter.getKey()) + "=" + encoded(parameter.getValue().get(0)))
                .collect(Collectors.joining("&"));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, UTF_8);
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
        return Stream.of(state.split(",", -1)).map(JobQuery::knownState).collect(Collectors.toSet());
    }

    private static JobState knownState(String label) {
        return JobState.of(label.strip())
                .orElseThrow(() -> new InvalidField("state", "There is no such state; there are "
                        + String.join(", ", Arrays.stream(JobState.values()).map(JobState::label).toList()) + "."));
    }

    private String keyOrUser(UserKeys users) {
        if (isEmpty(user)) {
            return text("key", key);
        }
        if (!isEmpty(key)) {
            throw new InvalidField("user", "Send either key or user.");
        }
        return isId(user) ? user : keyOfAddress(users);
    }

    private String keyOfAddress(UserKeys users) {
        Optional<String> found;
        try {
            found = users.ofAddress(user);
        } catch (IllegalArgumentException e) {
            throw new InvalidField("user", "Send a user's id or e-mail address.");
        }
        return found.orElseThrow(
                () -> new InvalidField("user", "Nobody has signed up with this e-mail address."));
    }

    private Map<String, String> payload() {
        Map<String, String> fields = new HashMap<>();
        address.getQueryParameters().forEach((name, values) -> {
            if (name.startsWith(PAYLOAD) && isCondition(name) && !isEmpty(values.get(0))) {
                fields.put(text(name, name.substring(PAYLOAD.length())), text(name, values.get(0)));
            }
        });
        return fields;
    }

    private static boolean isEmpty(String value) {
        return value == null || value.isBlank();
    }

    /**
     * Where a page begins.
     *
     * @return null for the first one
     * @throws InvalidField if it is no id
     */
    public static UUID after(String value) {
        if (isEmpty(value)) {
            return null;
        }
        if (!isId(value)) {
            throw new InvalidField("after",
                    "This is no id: pass the \"next\" of the page before, or the id of its last line.");
        }
        return UUID.fromString(value);
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
