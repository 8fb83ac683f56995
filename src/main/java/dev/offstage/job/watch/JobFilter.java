package dev.offstage.job.watch;

import static java.util.stream.Collectors.joining;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

import io.quarkus.runtime.annotations.RegisterForReflection;

import dev.offstage.job.JobState;

/**
 * Which jobs; each part may be null and then says nothing.
 *
 * @param type the name of a job type
 * @param states in one of these; never null, and empty for any
 * @param key the jobs of one key, which is the user's id for those of a sign-up
 * @param error found in the latest error, written as {@code class: message}, whatever the case; {@code *} stands for anything
 * @param cause that of the latest error, all of it: class and message, with a star for each address, id and number
 * @param text found in the key, the payload or the latest error, in the same way
 * @param from enqueued at this instant or later; times are to the millisecond, as ids hold them
 * @param to enqueued before this instant
 * @param recordId what the record of another program calls the job, which is unique within its type
 * @param payload fields that the payload has, by their path, such as {@code userId} or {@code address.city}; never null
 */
@RegisterForReflection // bulk actions are kept with it, as JSON
public record JobFilter(String type, Set<JobState> states, String key, String error, String cause, String text,
        Instant from,
        Instant to, String recordId,
        Map<String, String> payload) {

    public JobFilter {
        states = states == null ? Set.of() : Set.copyOf(states);
        payload = payload == null ? Map.of() : Map.copyOf(payload);
    }

    public JobFilter with(Set<JobState> others) {
        return new JobFilter(type, others, key, error, cause, text, from, to, recordId, payload);
    }

    /** Whether rows have to be read to find out which it lets through: no index knows. */
    boolean reads() {
        return error != null || cause != null || text != null || !payload.isEmpty();
    }

    /** As the query of {@code GET /jobs} says it. */
    @Override
    public String toString() {
        Map<String, Object> parts = new LinkedHashMap<>();
        parts.put("type", type);
        parts.put("state",
                states.isEmpty() ? null : states.stream().map(JobState::label).sorted().collect(joining(",")));
        parts.put("key", key);
        parts.put("error", error);
        parts.put("cause", cause);
        parts.put("q", text);
        parts.put("from", from);
        parts.put("to", to);
        parts.put("recordId", recordId);
        payload.forEach((path, value) -> parts.put("payload." + path, value));
        return parts.entrySet()
                .stream()
                .filter(part -> part.getValue() != null)
                .map(part -> part.getKey() + "=" + part.getValue())
                .collect(joining(" "));
    }
}
