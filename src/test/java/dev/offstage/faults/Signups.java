package dev.offstage.faults;

import static java.util.concurrent.TimeUnit.MICROSECONDS;

import java.io.IOException;
import java.io.UncheckedIOException;
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
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.offstage.testing.OffstageProcess;
import dev.offstage.testing.Pictures;

/** Signs users up, and remembers every answer. */
final class Signups {

    static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final int AT_ONCE = 16;
    private static final String BOUNDARY = "photo-and-fields";
    private static final byte[] PHOTO = photo();

    /**
     * The answer to one sign-up.
     *
     * @param status 0 if there was none
     * @param retryAfter the header, or null
     * @param user null unless the status is 201
     * @param failure why there was none, or null
     */
    record Answer(int status, String retryAfter, Duration took, UUID user, List<UUID> jobs, Throwable failure) {}

    /** Few enough for this process to keep pace with them; who comes when all are busy waits, and the wait counts. */
    private static final int CONNECTIONS = 400;
    private static final HttpClient HTTP = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1))
            .createHttpClient(new HttpClientOptions().setConnectTimeout(2_000),
                    new PoolOptions().setHttp1MaxSize(CONNECTIONS));

    private final ObjectMapper json = new ObjectMapper();
    private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
    private volatile boolean photos;
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

    /** From now on every second one comes with a photo. */
    Signups withPhotos() {
        photos = true;
        return this;
    }

    private void send(Runnable done) {
        underWay.register();
        long start = System.nanoTime();
        boolean photo = photos && ThreadLocalRandom.current().nextBoolean();
        String email = "ada-" + UUID.randomUUID() + "@example.com";
        HTTP.request(new RequestOptions().setMethod(HttpMethod.POST)
                .setAbsoluteURI(target.get().uri("/signup").toString())
                .setTimeout(TIMEOUT.toMillis())
                .putHeader("Content-Type", photo ? "multipart/form-data; boundary=" + BOUNDARY : "application/json"))
                // On the request's own thread: whoever asks for the body later may find that it has come and gone.
                .compose(request -> request.send(photo ? form(email) : json(email))
                        .compose(response -> response.body()
                                .map(content -> answer(response, content, tookSince(start)))))
                .otherwise(failure -> new Answer(0, null, tookSince(start), null, List.of(), failure))
                .onComplete(answer -> {
                    answers.add(answer.result());
                    done.run();
                    underWay.arriveAndDeregister();
                });
    }

    private static Buffer json(String email) {
        return Buffer.buffer("{\"name\":\"Ada\",\"email\":\"" + email + "\"}");
    }

    private static Buffer form(String email) {
        String part = "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=";
        return Buffer.buffer(part + "name\r\n\r\nAda\r\n" + part + "email\r\n\r\n" + email + "\r\n"
                + part + "avatar; filename=photo.png\r\nContent-Type: image/png\r\n\r\n")
                .appendBytes(PHOTO)
                .appendString("\r\n--" + BOUNDARY + "--\r\n");
    }

    private static byte[] photo() {
        try {
            return Pictures.png(80, 60);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Duration tookSince(long start) {
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private Answer answer(HttpClientResponse response, Buffer content, Duration took) {
        String retryAfter = response.getHeader("Retry-After");
        if (response.statusCode() != 201) {
            return new Answer(response.statusCode(), retryAfter, took, null, List.of(), null);
        }
        try {
            JsonNode signup = json.readTree(content.getBytes());
            List<UUID> jobs = new ArrayList<>();
            signup.path("jobs").forEach(job -> jobs.add(UUID.fromString(job.path("id").asText())));
            return new Answer(201, retryAfter, took, UUID.fromString(signup.path("id").asText()), jobs, null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
