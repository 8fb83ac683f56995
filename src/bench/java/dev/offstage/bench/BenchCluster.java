package dev.offstage.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

import dev.offstage.embedded.EmbeddedParts;
import dev.offstage.embedded.EmbeddedSettings;
import dev.offstage.testing.KafkaProcess;
import dev.offstage.testing.OffstageProcess;
import dev.offstage.testing.TestDirectories;

/** Offstage, Kafka and PostgreSQL, each in processes of its own, so that the cost of each can be told apart. */
final class BenchCluster implements AutoCloseable {

    /** The fault tests compile little, for they start processes all the time; here it is the steady state that counts. */
    private static final String COMPILE_WELL = "-XX:TieredStopAtLevel=4";

    /** For the service's Java, to look into it or to compare: {@code -XX:StartFlightRecording=filename=target/bench.jfr}. */
    static final String OPTIONS = (COMPILE_WELL + " " + System.getProperty("offstage.bench.options", ""))
            .strip();

    static final String PASSWORD = "secret";

    private final KafkaProcess kafka;
    private final EmbeddedParts parts;
    private final Map<String, String> configuration;

    BenchCluster() throws Exception {
        Path directory = TestDirectories.make("bench");
        kafka = new KafkaProcess(directory.resolve("kafka"), COMPILE_WELL).start();
        Map<String, String> elsewhere = kafka.settings();
        parts = new EmbeddedParts(new EmbeddedSettings(directory, 0, 0, 0, 0, 0), elsewhere.keySet());
        configuration = new HashMap<>(parts.start());
        configuration.putAll(elsewhere);
        configuration.put("offstage.operator.password", PASSWORD);
        configuration.put("offstage.api.sign-ups-per-address", "");
        configuration.put("offstage.jobs.no-op.concurrency", "500");
        configuration.put("offstage.webhooks.allow-private", "true");
        Runtime.getRuntime().addShutdownHook(new Thread(this::close));
        start("api").terminate(); // the tables are there
    }

    /** A process with these roles that is ready. */
    OffstageProcess start(String roles) throws IOException {
        return start(roles, OPTIONS);
    }

    /** @param options of Java, separated by blanks */
    OffstageProcess start(String roles, String options) throws IOException {
        return start(roles, options, Map.of());
    }

    /** @param settings in place of those of the others */
    OffstageProcess start(String roles, String options, Map<String, String> settings) throws IOException {
        Map<String, String> all = new HashMap<>(configuration);
        all.putAll(settings);
        all.put("offstage.roles", roles);
        return new OffstageProcess("bench-" + roles, all, options.split(" ")).awaitReady();
    }

    Sql sql() {
        return new Sql(configuration.get("quarkus.datasource.jdbc.url"),
                configuration.get("quarkus.datasource.username"), configuration.get("quarkus.datasource.password"));
    }

    /** With finished jobs from before today, one a second. The index on keys is made anew, which is sooner done than to add each of them. */
    void fill(int jobs) throws SQLException {
        String index = sql().text("select indexdef from pg_indexes where indexname = 'job_key'");
        sql().execute("drop index job_key");
        sql().execute(
                """
                        insert into job (id, type, key, payload, state, attempt, created_at, started_at, finished_at)
                        select uuidv7(age), 'no-op', 'old-' || i, '{"failures":0,"waitSeconds":0}', 'completed', 1,
                               now() + age, now() + age, now() + age
                        from (select i, make_interval(days => -1, secs => i - %1$d) as age from generate_series(1, %1$d) as i) as ages
                        """
                        .formatted(jobs));
        sql().execute(index);
        sql().execute("vacuum analyze job");
    }

    /** Processor time that the broker has used. */
    Duration kafkaTime() {
        return kafka.process().info().totalCpuDuration().orElseThrow();
    }

    /** Processor time that PostgreSQL's processes have used, those that have ended included. */
    Duration postgresqlTime() throws IOException {
        long ticks = 0;
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            for (Path process : processes.filter(path -> path.getFileName().toString().matches("\\d+")).toList()) {
                ticks += ticksIfPostgresql(process);
            }
        }
        return Duration.ofMillis(ticks * 10);
    }

    /** Fields 14 to 17 of proc(5)'s stat, in hundredths of a second: its own time and that of its ended children. */
    private static long ticksIfPostgresql(Path process) throws IOException {
        try {
            String stat = Files.readString(process.resolve("stat"));
            if (!stat.contains("(postgres)")) {
                return 0;
            }
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return Stream.of(fields).skip(11).limit(4).mapToLong(Long::parseLong).sum();
        } catch (IOException e) {
            return 0; // it has just ended
        }
    }

    @Override
    public void close() {
        try {
            kafka.close();
        } finally {
            parts.close();
        }
    }
}
