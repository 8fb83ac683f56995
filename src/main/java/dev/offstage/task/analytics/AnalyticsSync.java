package dev.offstage.task.analytics;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.ProcessingException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;

import io.quarkus.rest.client.reactive.QuarkusRestClientBuilder;
import io.quarkus.runtime.configuration.ConfigurationException;

import dev.offstage.config.OffstageConfig;
import dev.offstage.job.Attempt;
import dev.offstage.job.JobHandler;
import dev.offstage.job.JobType;

/** Tells the analytics collector that someone signed up. */
@ApplicationScoped
public class AnalyticsSync implements JobHandler<AnalyticsSync.Payload> {

    public static final JobType<Payload> TYPE = new JobType<>("analytics-sync", Payload.class);

    private static final int EXCERPT_BYTES = 500;

    private final Collector collector;
    private final Clock clock;

    public AnalyticsSync(OffstageConfig config, Clock clock) {
        this.clock = clock;
        Duration timeout = config.analytics().timeout();
        this.collector = QuarkusRestClientBuilder.newBuilder()
                .baseUri(collectorAddress(config.analytics().url()))
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
    public record Payload(UUID userId, String email, String name, Instant signedUpAt) {}

    @Override
    public JobType<Payload> type() {
        return TYPE;
    }

    @Override
    public void handle(Attempt<Payload> attempt) throws IOException {
        try (Response response = collector.track(event(attempt))) {
            new Answer(response.getStatus(), response.getHeaderString(HttpHeaders.RETRY_AFTER), excerpt(response))
                    .check(clock.instant());
        } catch (ProcessingException e) {
            throw new IOException(
                    "The analytics collector cannot be reached or did not answer in time: " + e.getMessage(), e);
        }
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
        return new Collector.Event("Signed Up", String.valueOf(payload.userId()), attempt.jobId().toString(),
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

    private static String excerpt(Response response) throws IOException {
        if (response.getStatusInfo().getFamily() == Response.Status.Family.SUCCESSFUL || !response.hasEntity()) {
            return "";
        }
        try (InputStream body = response.readEntity(InputStream.class)) {
            return new String(body.readNBytes(EXCERPT_BYTES), StandardCharsets.UTF_8);
        }
    }
}
