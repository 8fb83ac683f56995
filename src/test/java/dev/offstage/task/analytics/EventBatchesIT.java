package dev.offstage.task.analytics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import jakarta.inject.Inject;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import dev.offstage.job.Attempt;
import dev.offstage.job.PermanentFailure;
import dev.offstage.job.RetryLater;
import dev.offstage.task.analytics.EventBatches.Fate;
import dev.offstage.testing.OffstageResource;

/** Batches on their way to a collector that the test answers for. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class EventBatchesIT {

    private static final Duration LONG = Duration.ofMinutes(5);
    private static final int MOST_BYTES = 100_000;
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    /** A request that came. */
    private record Call(String path, List<String> messageIds) {}

    /** What the collector says to a call. */
    private interface Script {
        String answer(Call call, HttpExchange exchange) throws Exception;
    }

    @Inject
    ObjectMapper json;

    @Inject
    AnalyticsSync handler;

    private final List<Integer> sizes = new CopyOnWriteArrayList<>();
    private final List<Call> calls = new CopyOnWriteArrayList<>();
    private final ExecutorService handlers = Executors.newCachedThreadPool();
    private final ExecutorService serving = Executors.newCachedThreadPool();
    private volatile Script script = (call, exchange) -> "200 {\"success\":true}";
    private HttpServer server;
    private BatchSender sender;
    private EventBatches batches;

    @BeforeEach
    void listen() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(serving);
        server.createContext("/", this::serve);
        server.start();
        sender = new BatchSender(
                AnalyticsSync.collector(URI.create("http://127.0.0.1:" + server.getAddress().getPort()), TIMEOUT), json,
                Clock.systemUTC());
    }

    @AfterEach
    void stop() {
        handlers.shutdownNow();
        serving.shutdownNow();
        server.stop(0);
        batches.close();
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] request = exchange.getRequestBody().readAllBytes();
            sizes.add(request.length);
            JsonNode body = json.readTree(request);
            List<String> ids = new ArrayList<>();
            body.findValues("messageId").forEach(id -> ids.add(id.asText()));
            Call call = new Call(exchange.getRequestURI().getPath(), ids);
            calls.add(call);
            String[] answer = script.answer(call, exchange).split(" ", 2);
            byte[] content = answer.length > 1 ? answer[1].getBytes() : new byte[0];
            exchange.sendResponseHeaders(Integer.parseInt(answer[0]), content.length == 0 ? -1 : content.length);
            exchange.getResponseBody().write(content);
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    @Test
    void aFullBatchLeavesAtOnce() throws Exception {
        begin(100, LONG);

        assertThat(send(200)).allSatisfy(EventBatchesIT::isTaken);

        assertThat(calls).extracting(Call::path).containsExactly("/v1/batch", "/v1/batch");
        assertThat(calls).allSatisfy(call -> assertThat(call.messageIds).hasSize(100));
        assertThat(calls).flatExtracting(Call::messageIds).doesNotHaveDuplicates();
    }

    @Test
    void aBatchLeavesBeforeItGrowsTooLarge() throws Exception {
        begin(100, Duration.ofMillis(200));
        List<Future<Fate>> fates = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            String id = "e-" + i;
            fates.add(handlers.submit(() -> send(new Collector.Event("track", "Signed Up", "u-1", id, Instant.EPOCH,
                    Map.of("name", "é".repeat(15_000))))));
        }

        for (Future<Fate> fate : fates) {
            isTaken(fate);
        }
        assertThat(sizes).hasSize(7).allSatisfy(size -> assertThat(size).isLessThan(MOST_BYTES + 100));
        assertThat(calls).flatExtracting(Call::messageIds).hasSize(20).doesNotHaveDuplicates();
    }

    @Test
    void waitingEventsHaveABoundInBytes() throws Exception {
        CountDownLatch answered = new CountDownLatch(1);
        script = (call, exchange) -> {
            answered.await();
            return "200";
        };
        begin(100, Duration.ofMillis(50));
        for (int i = 0; i < 12; i++) { // each a batch, and ten have room
            String id = "e-" + i;
            handlers.submit(() -> send(new Collector.Event("track", "Signed Up", "u-1", id, Instant.EPOCH,
                    Map.of("name", "x".repeat(95_000)))));
        }

        await().atMost(Duration.ofSeconds(20)).until(() -> calls.size() == 10);
        await().during(Duration.ofMillis(500)).until(() -> calls.size() == 10);
        answered.countDown();
        await().atMost(Duration.ofSeconds(20)).until(() -> calls.size() == 12);
    }

    @Test
    void anEventThatIsTooLargeByItselfIsADeadLetter() throws Exception {
        begin(1, LONG);
        var attempt = new Attempt<>(UUID.randomUUID(), 1,
                new AnalyticsSync.Payload(UUID.randomUUID(), null, "x".repeat(40_000), Instant.EPOCH), Instant.EPOCH,
                null);

        assertThatThrownBy(() -> handler.handle(attempt)).isInstanceOf(PermanentFailure.class)
                .hasMessageContaining("takes 32000 (offstage.analytics.event-bytes)");
    }

    @Test
    void aBatchThatDoesNotFillLeavesAfterItsLinger() throws Exception {
        begin(100, Duration.ofMillis(200));
        Instant start = Instant.now();

        assertThat(send(3)).allSatisfy(EventBatchesIT::isTaken);

        assertThat(Duration.between(start, Instant.now())).isBetween(Duration.ofMillis(200), Duration.ofSeconds(5));
        assertThat(calls).flatExtracting(Call::messageIds).containsExactlyInAnyOrder("e-0", "e-1", "e-2");
    }

    @Test
    void theOneThatIsRejectedFailsAlone() throws Exception {
        script = (call, exchange) -> "200 {\"rejected\":[{\"messageId\":\"e-3\",\"reason\":\"no such user\"}]}";
        begin(5, LONG);

        List<Future<Fate>> fates = send(5);

        assertThat(failureOf(fates.remove(3))).isInstanceOf(PermanentFailure.class)
                .hasMessageContaining("refused this event: no such user")
                .hasMessageContaining("redrive");
        assertThat(fates).allSatisfy(EventBatchesIT::isTaken);
    }

    @ParameterizedTest
    @ValueSource(strings = {"OK", "<html></html>", "[]", "{\"rejected\":[]}"})
    void anAnswerThatNamesNoneTakesAll(String answer) throws Exception {
        script = (call, exchange) -> "200 " + answer;
        begin(3, LONG);

        assertThat(send(3)).allSatisfy(EventBatchesIT::isTaken);
    }

    @Test
    void anAnswerThatBreaksOffFailsAll() throws Exception {
        for (String answer : List.of("{\"rejected\":[{\"messageId\":\"e-0\"", longAnswer())) {
            script = (call, exchange) -> "200 " + answer;
            begin(3, LONG);

            assertThat(send(3)).allSatisfy(fate -> assertThat(failureOf(fate)).isInstanceOf(IOException.class)
                    .hasMessageContaining("nobody knows which events it took"));
            batches.close();
        }
    }

    /** More than is read of it. */
    private static String longAnswer() {
        return "{\"rejected\":[{\"messageId\":\"e-1\",\"reason\":\"" + "no ".repeat(100_000) + "\"}]}";
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 404, 422})
    void aBatchThatIsRefusedAsAWholeIsSentOneByOne(int status) throws Exception {
        script = (call, exchange) -> call.path.equals("/v1/track") && !call.messageIds.contains("e-1")
                ? "200"
                : status + " no";
        begin(3, LONG);

        assertThat(send(3)).allSatisfy(fate -> assertThat(fate.get()).isEqualTo(Fate.UNDECIDED));

        sender.sendAlone(event("e-0"));
        sender.sendAlone(event("e-2"));
        assertThatThrownBy(() -> sender.sendAlone(event("e-1"))).isInstanceOf(PermanentFailure.class)
                .hasMessageContaining(status + ": no");
    }

    @Test
    void aBatchThatIsTooLargeIsSplit() throws Exception {
        script = (call, exchange) -> call.messageIds.size() > 3 || call.messageIds.contains("e-9") ? "413 big" : "200";
        begin(10, LONG);

        List<Future<Fate>> fates = send(10);

        assertThat(failureOf(fates.remove(9))).isInstanceOf(PermanentFailure.class).hasMessageContaining("413: big");
        assertThat(fates).allSatisfy(EventBatchesIT::isTaken);
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 429, 500, 503})
    void whatTimeMendsFailsAll(int status) throws Exception {
        script = (call, exchange) -> status + " busy";
        begin(4, LONG);

        assertThat(send(4)).allSatisfy(fate -> assertThat(failureOf(fate)).isInstanceOf(IOException.class)
                .hasMessageContaining(status + ": busy"));
        assertThat(calls).hasSize(1);
    }

    @Test
    void allWaitForAsLongAsTheCollectorSays() throws Exception {
        script = (call, exchange) -> {
            exchange.getResponseHeaders().set("Retry-After", "9");
            return "503";
        };
        begin(4, LONG);

        assertThat(send(4)).allSatisfy(fate -> assertThat(failureOf(fate)).isInstanceOfSatisfying(RetryLater.class,
                later -> assertThat(later.delay()).isEqualTo(Duration.ofSeconds(9))));
    }

    @Test
    void aCollectorThatDoesNotAnswerFailsAll() throws Exception {
        CountDownLatch late = new CountDownLatch(1);
        script = (call, exchange) -> {
            late.await();
            return "200";
        };
        begin(4, LONG);

        assertThat(send(4)).allSatisfy(fate -> assertThat(failureOf(fate)).isInstanceOf(IOException.class)
                .hasMessageContaining("did not answer in time"));
        late.countDown();
    }

    @Test
    void whoIsInterruptedTakesItsEventOut() throws Exception {
        begin(3, LONG);
        Thread[] interrupted = new Thread[1];
        Future<Fate> first = handlers.submit(() -> {
            interrupted[0] = Thread.currentThread();
            return send(event("interrupted"));
        });
        await().until(() -> interrupted[0] != null && interrupted[0].getState() == Thread.State.WAITING);

        interrupted[0].interrupt();

        assertThat(failureOf(first)).isInstanceOf(InterruptedException.class);
        assertThat(send(3)).allSatisfy(EventBatchesIT::isTaken);
        assertThat(calls).hasSize(1).flatExtracting(Call::messageIds).containsExactlyInAnyOrder("e-0", "e-1", "e-2");
    }

    @Test
    void noMoreThanTenBatchesAreUnderWay() throws Exception {
        CountDownLatch open = new CountDownLatch(1);
        AtomicInteger underWay = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        script = (call, exchange) -> {
            most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
            open.await();
            underWay.decrementAndGet();
            return "200";
        };
        begin(1, LONG);
        List<Thread> waiting = new CopyOnWriteArrayList<>();
        List<Future<Fate>> fates = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            Collector.Event event = event("e-" + i);
            fates.add(handlers.submit(() -> {
                waiting.add(Thread.currentThread());
                return send(event);
            }));
        }
        await().until(() -> calls.size() >= 10 && waiting.size() == 12
                && waiting.stream().allMatch(thread -> thread.getState() == Thread.State.WAITING));

        open.countDown();

        assertThat(fates).allSatisfy(EventBatchesIT::isTaken);
        assertThat(calls).hasSize(12);
        assertThat(most).hasValue(10);
    }

    private void begin(int size, Duration linger) {
        batches = new EventBatches(size, MOST_BYTES, linger, sender::send);
    }

    /** The fates of so many events from as many handlers, when all are decided. */
    private List<Future<Fate>> send(int count) throws Exception {
        List<Future<Fate>> fates = submit(count);
        for (Future<Fate> fate : fates) {
            try {
                fate.get(30, TimeUnit.SECONDS);
            } catch (ExecutionException decided) {
                assertThat(decided).hasCauseInstanceOf(Exception.class);
            }
        }
        return fates;
    }

    private Fate send(Collector.Event event) throws Exception {
        return batches.send(event, json.writeValueAsBytes(event).length + 1);
    }

    private List<Future<Fate>> submit(int count) {
        List<Future<Fate>> fates = new ArrayList<>();
        IntStream.range(0, count).forEach(i -> fates.add(handlers.submit(() -> send(event("e-" + i)))));
        return fates;
    }

    private static void isTaken(Future<Fate> fate) throws Exception {
        assertThat(fate.get(30, TimeUnit.SECONDS)).isEqualTo(Fate.TAKEN);
    }

    private static Throwable failureOf(Future<Fate> fate) throws Exception {
        try {
            return new AssertionError("The event did not fail, but was " + fate.get(30, TimeUnit.SECONDS));
        } catch (ExecutionException e) {
            return e.getCause();
        }
    }

    private static Collector.Event event(String messageId) {
        return new Collector.Event("track", "Signed Up", "u-1", messageId, Instant.EPOCH, Map.of());
    }
}
