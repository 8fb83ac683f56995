package dev.offstage.faults;

import static java.util.concurrent.TimeUnit.MICROSECONDS;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Phaser;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.offstage.testing.OffstageProcess;

/** Signs users up, and remembers every answer. */
final class Signups {

    static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final int AT_ONCE = 16;

    /**
     * The answer to one sign-up.
     *
     * @param status 0 if there was none
     * @param retryAfter the header, or null
     * @param user null unless the status is 201
     */
    record Answer(int status, String retryAfter, Duration took, UUID user, List<UUID> jobs) {}

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();
    private final ObjectMapper json = new ObjectMapper();
    private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
    private final Phaser underWay = new Phaser(1);
    private final Supplier<OffstageProcess> target;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

    /** @param target the API process at the moment */
    Signups(Supplier<OffstageProcess> target) {
        this.target = target;
    }

    /** So many, some at a time; returns when all are answered. */
    Signups burst(int count) {
        Semaphore free = new Semaphore(AT_ONCE);
        for (int i = 0; i < count; i++) {
            free.acquireUninterruptibly();
            send(free::release);
        }
        underWay.arriveAndAwaitAdvance();
        return this;
    }

    /** At this rate from now on, whatever the answers take, until {@link #stop()}. */
    Signups startAt(int perSecond) {
        timer.scheduleAtFixedRate(() -> send(() -> {}), 0, 1_000_000L / perSecond, MICROSECONDS);
        return this;
    }

    /** Ends the load and waits for the answers that are still to come. */
    Signups stop() throws InterruptedException {
        timer.shutdown();
        timer.awaitTermination(1, java.util.concurrent.TimeUnit.SECONDS);
        underWay.arriveAndAwaitAdvance();
        return this;
    }

    List<Answer> all() {
        return List.copyOf(answers);
    }

    List<Answer> accepted() {
        return answers.stream().filter(answer -> answer.status() == 201).toList();
    }

    List<UUID> jobs() {
        return jobs(accepted());
    }

    static List<UUID> jobs(Collection<Answer> answers) {
        return answers.stream().flatMap(answer -> answer.jobs().stream()).toList();
    }

    static Duration percentile(Collection<Answer> answers, double fraction) {
        return Percentile.of(answers.stream().map(Answer::took).toList(), fraction);
    }

    private void send(Runnable done) {
        underWay.register();
        long start = System.nanoTime();
        URI uri = target.get().uri("/signup");
        HttpRequest request = HttpRequest.newBuilder(uri)
                .timeout(TIMEOUT)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers
                        .ofString("{\"name\":\"Ada\",\"email\":\"ada-" + UUID.randomUUID() + "@example.com\"}"))
                .build();
        http.sendAsync(request, HttpResponse.BodyHandlers.ofString()).whenComplete((response, failure) -> {
            answers.add(answer(response, Duration.ofNanos(System.nanoTime() - start)));
            done.run();
            underWay.arriveAndDeregister();
        });
    }

    private Answer answer(HttpResponse<String> response, Duration took) {
        if (response == null) {
            return new Answer(0, null, took, null, List.of());
        }
        String retryAfter = response.headers().firstValue("Retry-After").orElse(null);
        if (response.statusCode() != 201) {
            return new Answer(response.statusCode(), retryAfter, took, null, List.of());
        }
        try {
            JsonNode signup = json.readTree(response.body());
            List<UUID> jobs = new ArrayList<>();
            signup.path("jobs").forEach(job -> jobs.add(UUID.fromString(job.path("id").asText())));
            return new Answer(201, retryAfter, took, UUID.fromString(signup.path("id").asText()), jobs);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
