package dev.offstage.task.analytics;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;

import io.quarkus.rest.client.reactive.QuarkusRestClientBuilder;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.runtime.configuration.MemorySize;

import com.fasterxml.jackson.databind.ObjectMapper;

import dev.offstage.config.OffstageConfig;
import dev.offstage.job.Attempt;
import dev.offstage.job.JobHandler;
import dev.offstage.job.JobType;
import dev.offstage.job.PermanentFailure;

/** Tells the analytics collector that someone signed up. Jobs that run at the same time share a call. */
@ApplicationScoped
public class AnalyticsSync implements JobHandler<AnalyticsSync.Payload> {

    public static final JobType<Payload> TYPE = new JobType<>("analytics-sync", Payload.class);

    /** What a batch has besides its events: their frame, and when it was sent. */
    private static final int FRAME_BYTES = 100;

    private static final int SMALLEST = 1_000;
    private static final int LARGEST = 100_000_000;

    private final ObjectMapper json;
    private final BatchSender sender;
    private final EventBatches batches;
    private final long largestEvent;

    public AnalyticsSync(OffstageConfig config, ObjectMapper json, Clock clock) {
        Collector collector = collector(collectorAddress(config.analytics().url()), config.analytics().timeout());
        this.sender = new BatchSender(collector, json, clock);
        // A batch cannot hold more events than the lane runs at once.
        int size = Math.min(config.analytics().batchSize(), config.jobs().get(TYPE.name()).concurrency());
        int batchBytes = bytes(config.analytics().batchBytes()) - FRAME_BYTES;
        this.largestEvent = Math.min(bytes(config.analytics().eventBytes()), batchBytes - 1);
        this.json = json;
        this.batches = new EventBatches(size, batchBytes, config.analytics().batchLinger(), sender::send);
    }

    /** The bytes of all open batches, of which there may be ten, are counted in an int. */
    private static int bytes(MemorySize set) {
        long bytes = set.asLongValue();
        if (bytes < SMALLEST || bytes > LARGEST) {
            throw new ConfigurationException("offstage.analytics.batch-bytes and event-bytes must be from " + SMALLEST
                    + " to " + LARGEST + " bytes.");
        }
        return (int) bytes;
    }

    /** @param timeout of one call */
    static Collector collector(URI address, Duration timeout) {
        return QuarkusRestClientBuilder.newBuilder()
                .baseUri(address)
                .connectTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .readTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                // Every answer is read here, none becomes an exception on its way.
                .property("microprofile.rest.client.disable.default.mapper", true)
                .build(Collector.class);
    }

    /**
     * @param userId who signed up
     * @param email may be null: then it is not sent
     * @param name may be null: then it is not sent
     * @param signedUpAt when
     */
    @RegisterForReflection
    public record Payload(UUID userId, String email, String name, Instant signedUpAt) {}

    @Override
    public JobType<Payload> type() {
        return TYPE;
    }

    @Override
    public void handle(Attempt<Payload> attempt) throws Exception {
        Collector.Event event = event(attempt);
        int bytes = json.writeValueAsBytes(event).length;
        if (bytes > largestEvent) {
            throw new PermanentFailure("The event has " + bytes + " bytes, and the analytics collector takes "
                    + largestEvent + " (offstage.analytics.event-bytes): shorten its name or address, or raise the"
                    + " setting if the collector takes more, then redrive this job.");
        }
        if (batches.send(event, bytes + 1) == EventBatches.Fate.UNDECIDED) {
            sender.sendAlone(event);
        }
    }

    @PreDestroy
    void close() {
        batches.close();
    }

    static Collector.Event event(Attempt<Payload> attempt) {
        Payload payload = attempt.payload();
        Map<String, String> properties = new TreeMap<>();
        if (payload.email() != null) {
            properties.put("email", payload.email());
        }
        if (payload.name() != null) {
            properties.put("name", payload.name());
        }
        return new Collector.Event("track", "Signed Up", String.valueOf(payload.userId()), attempt.jobId().toString(),
                payload.signedUpAt() == null ? attempt.createdAt() : payload.signedUpAt(), properties);
    }

    /** @throws ConfigurationException if there is no usable address; the message says which setting to set */
    static URI collectorAddress(Optional<String> url) {
        String address = url.filter(set -> !set.isBlank())
                .orElseThrow(() -> new ConfigurationException(
                        "offstage.analytics.url is not set: set it (or OFFSTAGE_ANALYTICS_URL) to the address of a"
                                + " Segment-compatible collector, such as https://collector.example.com."));
        if (!address.matches("https?://[^/\\s]+\\S*")) {
            throw new ConfigurationException("offstage.analytics.url is \"" + address
                    + "\": set it to an address that begins with http:// or https://, such as"
                    + " https://collector.example.com.");
        }
        return URI.create(address);
    }
}
