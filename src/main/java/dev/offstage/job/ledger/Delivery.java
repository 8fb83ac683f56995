package dev.offstage.job.ledger;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Instant;
import java.util.UUID;

/**
 * A record that asks for an attempt of a job. It may ask again for one that already ran: the ledger knows.
 *
 * @param payload JSON; null where the attempt has ended and only its end is to be stored
 * @param attempt counts from 1
 * @param createdAt when the job was enqueued, as the record says; once it is claimed, as its row does
 * @param diedAt set if this is a dead letter that someone sent back: when the job died. Else null
 * @param traceparent W3C trace context; null when there is none
 * @param recordId what the record calls its job, as it stands there, or what it is called for want of that; null if this is about no
 *        record
 */
public record Delivery(UUID id, String type, String key, String payload, int attempt, Instant createdAt,
        Instant diedAt, String traceparent, String recordId) {

    /** In bytes of UTF-8: what a job may carry. Anything larger is kept elsewhere, and the payload says where. */
    public static final int LARGEST_PAYLOAD = 1024 * 1024;

    /**
     * What a payload takes of memory at most, in SQL. It is not read for that, since a thousand of a mebibyte take seconds: PostgreSQL
     * knows what it takes in the table, where pglz makes it 88 times smaller at most.
     */
    public static final String PAYLOAD_BYTES = """
            case when pg_column_compression(payload) is null then pg_column_size(payload)
                 else least(88 * pg_column_size(payload), %d) end""".formatted(LARGEST_PAYLOAD);

    Delivery withId(UUID other) {
        return new Delivery(other, type, key, payload, attempt, createdAt, diedAt, traceparent, recordId);
    }

    /** As the job's row has it. */
    Delivery of(UUID job, String itsKey, String itsPayload, Instant itCame) {
        return new Delivery(job, type, itsKey, itsPayload, attempt, itCame, diedAt, traceparent, recordId);
    }

    /** How many objects and arrays lie within one another in a payload at most: half of what may in all of JSON, for what is around it. */
    public static final int DEEPEST_PAYLOAD = 500;

    /** Whether a payload, which is JSON, is nested too deeply: a record or a list that holds it could not be read or written. */
    public static boolean isTooDeep(String payload) {
        int depth = 0;
        boolean text = false;
        for (int i = 0; i < payload.length(); i++) {
            char c = payload.charAt(i);
            if (text) {
                text = c != '"';
                i += c == '\\' ? 1 : 0; // what is escaped ends no text
            } else if (c == '"') {
                text = true;
            } else if (c == '{' || c == '[') {
                depth++;
            } else if (c == '}' || c == ']') {
                depth--;
            }
            if (depth > DEEPEST_PAYLOAD) {
                return true;
            }
        }
        return false;
    }

    /** Whether a payload may not be that of a job. */
    public static boolean isTooLarge(String payload) {
        int shortest = payload.length();
        int longest = 3 * shortest; // of what one char becomes in UTF-8
        return shortest > LARGEST_PAYLOAD
                || longest > LARGEST_PAYLOAD && payload.getBytes(UTF_8).length > LARGEST_PAYLOAD;
    }
}
