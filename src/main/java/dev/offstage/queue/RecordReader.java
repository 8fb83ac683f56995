package dev.offstage.queue;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.UUID;
import java.util.regex.Pattern;

import jakarta.enterprise.context.ApplicationScoped;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jboss.logging.Logger;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;

import dev.offstage.job.JobType;
import dev.offstage.job.ledger.Delivery;
import dev.offstage.job.ledger.Numbers;
import dev.offstage.job.ledger.Text;

/** Reads Kafka records as deliveries: our own, those of other programs, and dead letters that someone sent back. */
@ApplicationScoped
public class RecordReader {

    private static final Logger LOG = Logger.getLogger(RecordReader.class);
    private static final int LONGEST_KEY = 1_000;
    private static final int LONGEST_ID = 200;
    private static final Pattern UUID_TEXT = Pattern.compile("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");
    private static final Pattern TRACE_PARENT = Pattern.compile("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}");

    private final ObjectMapper json;
    private final ObjectReader strict;

    RecordReader(ObjectMapper json) {
        this.json = json;
        this.strict = json.reader().with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    }

    /**
     * A delivery and its payload as the handler wants it.
     *
     * @param <P> the payload
     */
    public record Readable<P>(Delivery delivery, P payload) {}

    /** @throws UnreadableRecord if no attempt can be made of it */
    public <P> Readable<P> read(ConsumerRecord<byte[], byte[]> record, JobType<P> type) throws UnreadableRecord {
        JsonNode value = parse(record);
        JsonNode payload = value.get("payload");
        if (payload == null || !payload.isObject()) {
            throw new UnreadableRecord("The value has no object \"payload\".");
        }
        String named = text(value, "type");
        if (named != null && !named.equals(type.name())) {
            throw new UnreadableRecord(
                    "The record is of type " + named + " but lies on the topic of " + type.name() + ".");
        }
        String text = payload.toString();
        if (!Text.isWellFormed(text)) {
            throw new UnreadableRecord("The payload holds half a surrogate pair, which no text has.");
        }
        if (Delivery.isTooLarge(text)) {
            throw new UnreadableRecord("The payload is larger than 1 MiB.");
        }
        Instant diedAt = instant(value, "failedAt");
        String recordId = recordId(value, record);
        Instant createdAt = instant(value, "enqueuedAt");
        Delivery delivery = new Delivery(id(recordId), type.name(), key(record, recordId), text,
                diedAt == null ? attempt(record) : 1,
                createdAt == null ? Instant.ofEpochMilli(Math.max(0, record.timestamp())) : createdAt, diedAt,
                traceParent(record), recordId);
        if (!Numbers.areFinite(payload)) {
            throw new UnfitPayload(delivery, "It holds a number that is too large: send it as text.");
        }
        if (Delivery.isTooDeep(text)) {
            throw new UnfitPayload(delivery, "It is nested deeper than " + Delivery.DEEPEST_PAYLOAD + " levels.");
        }
        return new Readable<>(delivery, payload(payload, type, delivery));
    }

    /** What a record of another program calls its job; null if it cannot be read. Does not look at the rest of it. */
    String nameOf(ConsumerRecord<byte[], byte[]> record) {
        try (JsonParser parser = json.getFactory().createParser(record.value())) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME && !parser.currentName().equals("id")) {
                parser.nextToken();
                parser.skipChildren();
            }
            if (parser.currentToken() == JsonToken.FIELD_NAME && parser.nextToken() != JsonToken.VALUE_NULL) {
                return parser.getText();
            }
            return ForeignJobId.of(record).toString();
        } catch (IOException e) {
            LOG.debugf(e, "%s is no JSON", RecordFormat.coordinates(record));
            return null;
        }
    }

    /** Null unless it is what W3C Trace Context describes: it goes along with every record of the job. */
    private static String traceParent(ConsumerRecord<byte[], byte[]> record) {
        String header = header(record, RecordFormat.TRACE_PARENT);
        return header != null && TRACE_PARENT.matcher(header).matches() ? header : null;
    }

    private JsonNode parse(ConsumerRecord<byte[], byte[]> record) throws UnreadableRecord {
        if (record.value() == null) {
            throw new UnreadableRecord("The record has no value.");
        }
        try {
            JsonNode value = strict.readTree(record.value());
            if (value == null || !value.isObject()) {
                throw new UnreadableRecord("The value is not a JSON object.");
            }
            return value;
        } catch (JsonProcessingException e) {
            throw new UnreadableRecord("The value is not JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new UnreadableRecord("The value is not JSON: " + e.getMessage());
        }
    }

    /** The payload that the job's row has. */
    public <P> P payload(Delivery delivery, JobType<P> type) throws UnfitPayload {
        try {
            return payload(json.readTree(delivery.payload()), type, delivery);
        } catch (JsonProcessingException e) {
            throw new UnfitPayload(delivery, e.getOriginalMessage());
        }
    }

    private <P> P payload(JsonNode payload, JobType<P> type, Delivery delivery) throws UnfitPayload {
        try {
            return type.read(json, payload);
        } catch (JsonProcessingException e) {
            throw new UnfitPayload(delivery, e.getOriginalMessage());
        } catch (IOException e) {
            throw new UnfitPayload(delivery, e.getMessage());
        }
    }

    /** Any text that PostgreSQL can keep. */
    private static String recordId(JsonNode value, ConsumerRecord<byte[], byte[]> record) throws UnreadableRecord {
        String id = text(value, "id");
        if (id == null) {
            return ForeignJobId.of(record).toString();
        }
        if (id.codePointCount(0, id.length()) > LONGEST_ID) {
            throw new UnreadableRecord("The field id is longer than " + LONGEST_ID + " characters.");
        }
        if (id.indexOf('\0') >= 0 || !Text.isWellFormed(id)) {
            throw new UnreadableRecord("The field id has characters that cannot be stored. Write other ones.");
        }
        return id;
    }

    /** Our own records name the job's row. What other programs call theirs is no row's id, but the same for every delivery. */
    private static UUID id(String recordId) {
        return UUID_TEXT.matcher(recordId).matches()
                ? UUID.fromString(recordId)
                : UUID.nameUUIDFromBytes(recordId.getBytes(UTF_8));
    }

    private static String key(ConsumerRecord<byte[], byte[]> record, String otherwise) {
        if (record.key() == null) {
            return otherwise;
        }
        String key = new String(record.key(), UTF_8).replace('\0', ' ');
        return key.length() <= LONGEST_KEY ? key : key.substring(0, LONGEST_KEY);
    }

    private static int attempt(ConsumerRecord<byte[], byte[]> record) throws UnreadableRecord {
        String header = header(record, RecordFormat.ATTEMPT);
        if (header == null) {
            return 1;
        }
        try {
            int attempt = Integer.parseInt(header);
            if (attempt >= 1) {
                return attempt;
            }
        } catch (NumberFormatException e) {
            throw new UnreadableRecord("The header " + RecordFormat.ATTEMPT + " is \"" + header + "\", not a number.");
        }
        throw new UnreadableRecord("The header " + RecordFormat.ATTEMPT + " is " + header + "; attempts count from 1.");
    }

    private static Instant instant(JsonNode value, String field) throws UnreadableRecord {
        String text = text(value, field);
        try {
            return text == null ? null : Instant.parse(text);
        } catch (DateTimeException e) {
            throw new UnreadableRecord(
                    "The field " + field + " is \"" + text + "\", not a time such as 2026-01-31T12:00:00Z.");
        }
    }

    private static String text(JsonNode value, String field) throws UnreadableRecord {
        JsonNode node = value.get(field);
        if (node == null || node.isNull()) {
            return null;
        }
        if (!node.isTextual()) {
            throw new UnreadableRecord("The field " + field + " is not text.");
        }
        return node.textValue();
    }

    public static String header(ConsumerRecord<?, ?> record, String name) {
        return RecordFormat.text(record.headers(), name);
    }
}
