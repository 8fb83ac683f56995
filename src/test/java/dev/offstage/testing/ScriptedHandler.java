package dev.offstage.testing;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import io.agroal.api.AgroalDataSource;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;

import dev.offstage.job.Attempt;
import dev.offstage.job.JobBatch;
import dev.offstage.job.JobHandler;
import dev.offstage.job.JobType;
import dev.offstage.job.NewJob;
import dev.offstage.job.PermanentFailure;
import dev.offstage.job.RetryLater;
import dev.offstage.job.WorkerBusy;

/** A job type whose jobs say themselves how they go, and that remembers every run. */
@ApplicationScoped
public class ScriptedHandler implements JobHandler<ScriptedHandler.Script> {

    public static final JobType<Script> TYPE = new JobType<>("scripted", Script.class);

    /**
     * @param failures so many attempts fail before one succeeds
     * @param how "leaves-result", "leaves-nul", "leaves-jobs", "leaves-batch" or "leaves-dying-batch" (of jobs with this one's id as their key), "passing", "permanent", "later" (asks to wait 300 ms), "busy" (has no room for it so often), "error", "hang",
     *        "slow-statement" (asks PostgreSQL for what takes a minute) or "stubborn" (waits for its gate, heedless of interrupts, and fails)
     * @param gate the attempt waits until this gate opens; null for none
     * @param data anything else; null for nothing
     */
    public record Script(int failures, String how, String gate,
            @JsonInclude(JsonInclude.Include.NON_NULL) JsonNode data) {

        public Script(int failures, String how, String gate) {
            this(failures, how, gate, null);
        }

        public static final Script SUCCEEDS = new Script(0, "passing", null);

        public static Script failsFirst(int failures) {
            return new Script(failures, "passing", null);
        }

        public static Script fails(String how) {
            return new Script(Integer.MAX_VALUE, how, null);
        }

        public static Script succeeds(String how) {
            return new Script(0, how, null);
        }

        public static Script waitsFor(String gate) {
            return new Script(0, "passing", gate);
        }
    }

    /** One run of the handler. */
    public record Run(int attempt, Instant at, Script script) {}

    private static final ConcurrentMap<UUID, List<Run>> RUNS = new ConcurrentHashMap<>();
    private static final ConcurrentMap<String, CountDownLatch> GATES = new ConcurrentHashMap<>();

    @Inject
    AgroalDataSource dataSource;

    public static List<Run> runs(UUID job) {
        return RUNS.getOrDefault(job, List.of());
    }

    public static void open(String gate) {
        gate(gate).countDown();
    }

    private static CountDownLatch gate(String name) {
        return GATES.computeIfAbsent(name, key -> new CountDownLatch(1));
    }

    private static void leave(Attempt<Script> attempt) {
        NewJob job = new NewJob(TYPE.name(), Script.SUCCEEDS, attempt.jobId().toString());
        switch (attempt.payload().how()) {
            case "leaves-result" -> attempt.result(Map.of("href", "/users/" + attempt.jobId()));
            case "leaves-nul" -> attempt.result(Map.of("text", "a\0b"));
            case "leaves-jobs" -> {
                attempt.enqueue(job);
                attempt.enqueue(new NewJob(TYPE.name(), Script.SUCCEEDS, job.key(), null, "unique-" + job.key()));
            }
            case "leaves-batch" -> attempt.enqueue(new JobBatch(List.of(job, job), job));
            case "leaves-dying-batch" -> attempt.enqueue(new JobBatch(
                    List.of(new NewJob(TYPE.name(), Script.fails("permanent"), job.key())), null, job));
            default -> attempt.progress(attempt.number(), attempt.number() + 1);
        }
    }

    private void askForAMinute() throws SQLException {
        try (Connection connection = dataSource.getConnection(); Statement statement = connection.createStatement()) {
            statement.execute("select pg_sleep(60)");
        }
    }

    private static void awaitUninterruptibly(CountDownLatch gate) {
        while (gate.getCount() > 0) {
            try {
                gate.await();
            } catch (InterruptedException e) {
                continue; // that is what makes it stubborn
            }
        }
    }

    @Override
    public JobType<Script> type() {
        return TYPE;
    }

    @Override
    public void handle(Attempt<Script> attempt) throws Exception {
        RUNS.computeIfAbsent(attempt.jobId(), id -> new CopyOnWriteArrayList<>())
                .add(new Run(attempt.number(), Instant.now(), attempt.payload()));
        Script script = attempt.payload();
        leave(attempt);
        boolean stubborn = script.how().equals("stubborn");
        if (!stubborn && script.gate() != null && !gate(script.gate()).await(1, TimeUnit.MINUTES)) {
            throw new IllegalStateException("The gate " + script.gate() + " was never opened.");
        }
        if (script.how().equals("busy") && runs(attempt.jobId()).size() <= script.failures()) {
            throw new WorkerBusy("There is no room.");
        }
        if (attempt.number() > script.failures() || script.how().equals("busy")) {
            return;
        }
        switch (script.how()) {
            case "permanent" -> throw new PermanentFailure("There is no such thing.");
            case "later" -> throw new RetryLater("Come back later.", Duration.ofMillis(300));
            case "error" -> throw new StackOverflowError("Too deep.");
            case "stubborn" -> awaitUninterruptibly(gate(script.gate()));
            case "slow-statement" -> askForAMinute();
            case "hang" -> new CountDownLatch(1).await();
            default -> throw new IllegalStateException("Attempt " + attempt.number() + " did not work out.");
        }
    }
}
