package dev.offstage.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import jakarta.inject.Inject;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import com.fasterxml.jackson.databind.ObjectMapper;

import dev.offstage.config.OffstageConfig;
import dev.offstage.job.JobTypes;
import dev.offstage.job.ledger.JobStore;
import dev.offstage.storage.Dependencies;
import dev.offstage.storage.Poll;
import dev.offstage.storage.Transaction;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.TestJobs;

/** Schedulers with a clock that the test moves, years ahead of the scheduler of the running service. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class SchedulerIT {

    private static final String PAYLOAD = "{\"failures\":0,\"how\":\"passing\",\"gate\":null}";
    private static final Instant START = Instant.parse("2040-01-01T00:00:30Z");

    @Inject
    AgroalDataSource dataSource;
    @Inject
    ScheduleTable table;
    @Inject
    ConfiguredSchedules configured;
    @Inject
    Definitions definitions;
    @Inject
    JobStore jobs;
    @Inject
    JobTypes types;
    @Inject
    OffstageConfig config;
    @Inject
    Dependencies dependencies;
    @Inject
    Poll poll;
    @Inject
    ObjectMapper json;

    private final MovedClock clock = new MovedClock();
    private Schedules schedules;

    @BeforeEach
    void setUp() throws SQLException {
        update("update schedule set next_at = null"); // no other one is due when the clock is years ahead
        schedules = new Schedules(dataSource, table, configured, clock);
    }

    @AfterEach
    void deleteAll() throws SQLException {
        update("delete from schedule where name like 'test-%'");
        update("delete from schedule where name = 'cleanup'");
        try (Connection connection = dataSource.getConnection()) {
            new Schedules(dataSource, table, configured, Clock.systemUTC()).load(connection);
        }
    }

    @Test
    void howeverManySchedulersThereAreEachFireTimeHasOneJob() throws Exception {
        put("test-minutely", "* * * * *", true);
        put("test-quarterly", "*/15 * * * *", true);
        int schedulers = 4;
        List<Scheduler> all = new ArrayList<>();
        for (int i = 0; i < schedulers; i++) {
            all.add(scheduler());
        }
        ExecutorService threads = Executors.newFixedThreadPool(schedulers);
        try {
            for (int minute = 1; minute <= 60; minute++) {
                clock.move(Duration.ofMinutes(1));
                List<Callable<Void>> looks = new ArrayList<>();
                all.forEach(scheduler -> looks.add(() -> look(scheduler)));
                for (Future<Void> look : threads.invokeAll(looks, 1, TimeUnit.MINUTES)) {
                    look.get();
                }
                assertThat(jobsOf("test-minutely")).as("after minute " + minute).isEqualTo(minute);
            }
        } finally {
            threads.shutdownNow();
        }

        assertThat(jobsOf("test-quarterly")).isEqualTo(4);
        Schedule last = schedules.find("test-minutely").orElseThrow();
        assertThat(last.firedFor()).isEqualTo(Instant.parse("2040-01-01T01:00:00Z"));
        assertThat(last.nextAt()).isEqualTo(Instant.parse("2040-01-01T01:01:00Z"));
        assertThat(last.lastJob()).isNotNull();
    }

    @Test
    void whatWasMissedIsMadeUpForOnce() throws Exception {
        put("test-missed", "0 * * * *", true);
        Scheduler scheduler = scheduler();
        clock.move(Duration.ofHours(5));

        look(scheduler);
        look(scheduler);
        look(scheduler());

        assertThat(jobsOf("test-missed")).isEqualTo(1);
        Schedule missed = schedules.find("test-missed").orElseThrow();
        assertThat(missed.firedFor()).isEqualTo(Instant.parse("2040-01-01T05:00:00Z"));
        assertThat(TestJobs.find(missed.lastJob()).payload).contains("\"scheduledFor\": \"2040-01-01T05:00:00Z\"");
        clock.move(Duration.ofHours(1));
        look(scheduler);
        assertThat(jobsOf("test-missed")).isEqualTo(2);
    }

    @Test
    void nothingIsFiredForATimeBeforeAChange() throws Exception {
        put("test-changed", "0 * * * *", false);
        Scheduler scheduler = scheduler();
        clock.move(Duration.ofHours(2));
        look(scheduler);
        put("test-changed", "0 * * * *", true);
        look(scheduler);
        assertThat(jobsOf("test-changed")).as("enabled after two hours").isZero();
        clock.move(Duration.ofMinutes(50));
        put("test-changed", "15 * * * *", true);
        clock.move(Duration.ofMinutes(12));
        look(scheduler);
        assertThat(jobsOf("test-changed")).as("what was due before the change").isZero();
        clock.move(Duration.ofMinutes(15));
        look(scheduler);
        assertThat(jobsOf("test-changed")).isEqualTo(1);

        change(connection -> schedules.delete(connection, "test-changed"));
        clock.move(Duration.ofHours(2));
        look(scheduler);
        assertThat(jobsOf("test-changed")).isEqualTo(1);
        assertThat(schedules.find("test-changed")).isEmpty();
    }

    @Test
    void aScheduleThatCannotEnqueueItsJobIsInNobodysWay() throws Exception {
        put("test-broken", "* * * * *", true);
        put("test-sound", "* * * * *", true);
        update("update schedule set payload = '{\"failures\":[]}' where name = 'test-broken'");
        Scheduler scheduler = scheduler();
        for (int i = 0; i < 3; i++) {
            clock.move(Duration.ofMinutes(1));
            look(scheduler);
        }

        assertThat(jobsOf("test-broken")).isZero();
        assertThat(jobsOf("test-sound")).isEqualTo(3);
        put("test-broken", "* * * * *", true);
        clock.move(Duration.ofMinutes(1));
        look(scheduler);
        assertThat(jobsOf("test-broken")).isEqualTo(1);
    }

    @Test
    void aFailureBeforeTheCommitLeavesTheFireTimeDue() throws Exception {
        put("test-torn", "0 * * * *", true);
        clock.move(Duration.ofHours(1));
        update("alter table schedule add constraint never_fired check (name <> 'test-torn' or fired_for is null)");
        try {
            assertThatThrownBy(() -> look(scheduler())).isInstanceOf(SQLException.class);
        } finally {
            update("alter table schedule drop constraint never_fired");
        }
        assertThat(jobsOf("test-torn")).isZero();
        assertThat(schedules.find("test-torn").orElseThrow().firedFor()).isNull();

        look(scheduler());

        assertThat(jobsOf("test-torn")).isEqualTo(1);
    }

    @Test
    void theSettingsAreLoadedAgainAtEachStartAndWriteOverNoOperator() throws Exception {
        update("delete from schedule where name = 'cleanup'");
        load();
        assertThat(schedules.find("cleanup").orElseThrow().nextAt()).isEqualTo(Instant.parse("2040-01-01T03:30:00Z"));

        clock.move(Duration.ofHours(5));
        load();
        assertThat(schedules.find("cleanup").orElseThrow().nextAt()).as("missed while nothing ran, and still due")
                .isEqualTo(Instant.parse("2040-01-01T03:30:00Z"));
        update("update schedule set cron = '0 4 * * *' where name = 'cleanup'");
        load();
        assertThat(schedules.find("cleanup").orElseThrow().nextAt()).as("the settings are different now")
                .isEqualTo(Instant.parse("2040-01-02T03:30:00Z"));

        Definition other = definitions.read("cleanup", "@daily", "Europe/Berlin", "cleanup", json.readTree("{}"), true);
        change(connection -> {
            schedules.put(connection, "cleanup", other);
            return true;
        });
        put("test-added", "@daily", true);
        load();
        assertThat(schedules.find("cleanup").orElseThrow().definition()).isEqualTo(other);
        assertThat(schedules.find("test-added")).isPresent();

        change(connection -> schedules.delete(connection, "cleanup"));
        load();
        assertThat(schedules.find("cleanup")).isEmpty();
        change(connection -> schedules.reset(connection, "cleanup"));
        assertThat(schedules.find("cleanup").orElseThrow().changed()).isFalse();
    }

    private void load() throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            schedules.load(connection);
        }
    }

    private Scheduler scheduler() {
        return new Scheduler(schedules, table, jobs, types, clock, config, dataSource, dependencies, poll);
    }

    private Void look(Scheduler scheduler) throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            scheduler.fireDue(connection);
        }
        return null;
    }

    private void put(String name, String cron, boolean enabled) throws Exception {
        Definition definition = definitions.read(name, cron, "UTC", "scripted", json.readTree(PAYLOAD), enabled);
        change(connection -> {
            schedules.put(connection, name, definition);
            return true;
        });
    }

    private interface Change {
        boolean apply(Connection connection) throws SQLException;
    }

    private void change(Change change) throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            assertThat(Transaction.run(connection, () -> change.apply(connection))).isTrue();
        }
    }

    private int jobsOf(String schedule) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement count = connection.prepareStatement("select count(*) from job where key = ?")) {
            count.setString(1, schedule);
            try (ResultSet row = count.executeQuery()) {
                row.next();
                return row.getInt(1);
            }
        }
    }

    private void update(String sql) throws SQLException {
        try (Connection connection = dataSource.getConnection(); var statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    /** Stands until it is moved. */
    private static final class MovedClock extends Clock {

        private final AtomicReference<Instant> now = new AtomicReference<>(START);

        void move(Duration by) {
            now.updateAndGet(instant -> instant.plus(by));
        }

        @Override
        public Instant instant() {
            return now.get();
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return Clock.fixed(instant(), zone);
        }
    }
}
