package dev.offstage.queue.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import jakarta.inject.Inject;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.background.Timer;
import dev.offstage.config.RateLimit;
import dev.offstage.testing.OffstageResource;

/** Workers that start as many attempts as a rate limit allows. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class PermitsIT {

    private static final Duration WINDOW = Duration.ofSeconds(3);

    @Inject
    SharedBuckets buckets;

    @Inject
    Timer timer;

    @Inject
    AgroalDataSource dataSource;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicLong starts = new AtomicLong();
    private volatile Optional<RateLimit> limit = Optional.empty();

    /** Starts what it may whenever that may have changed. */
    private final class Worker {

        private final Permits permits;

        Worker(String type) {
            this.permits = new Permits(buckets, type, threads, timer);
        }

        void proceed() {
            while (permits.take(limit, this::proceed)) {
                starts.incrementAndGet();
            }
        }
    }

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    @Test
    void aLowLimitThatIsRaisedHoldsNoneUp() {
        Worker worker = new Worker("raised");
        hold("1/h", List.of(worker));
        await().until(() -> starts.get() == 1); // the next one would be in an hour

        hold("1000/s", List.of(worker));

        await().atMost(Duration.ofSeconds(10)).until(() -> starts.get() > 100);
    }

    @Test
    void aLimitThatIsLoweredHoldsForAllWorkers() throws Exception {
        List<Worker> workers = Stream.of("lowered", "lowered").map(Worker::new).toList();
        hold("1000/s", workers);
        await().until(() -> starts.get() > 1_000);

        hold("20/s", workers);

        long before = starts.get();
        double seconds = pass(WINDOW);
        // And one to begin with, and those of a batch of each.
        assertThat(starts.get() - before).isPositive().isLessThanOrEqualTo((long) (20 * seconds) + 1 + 2 * 2);
    }

    @Test
    void fewASecondAreUsedUp() {
        hold("5/s", List.of(new Worker("few")));

        await("three seconds in which the machine stopped nobody").atMost(Duration.ofSeconds(60)).until(() -> {
            long before = starts.get();
            double seconds = pass(WINDOW);
            assertThat(starts.get() - before).isLessThanOrEqualTo((long) (5 * seconds) + 2);
            return starts.get() - before > 0.8 * 5 * seconds;
        });
    }

    @Test
    void aBucketThatSomebodyLocksHoldsUpNoOther() throws Exception {
        Worker locked = new Worker("locked");
        hold("1000/s", List.of(locked));
        await().until(() -> starts.get() > 10);
        try (Connection inTheWay = dataSource.getConnection(); Statement statement = inTheWay.createStatement()) {
            inTheWay.setAutoCommit(false);
            statement.execute("select from rate_bucket where id like 'locked %' for update");
            await("the locked bucket's permits are spent").until(() -> pauses());

            hold("1000/s", List.of(new Worker("free")));

            // With one thread for all lanes each look into the locked bucket took 800 ms of it.
            long before = starts.get();
            await().atMost(Duration.ofSeconds(5)).until(() -> starts.get() > before + 1_000);
            inTheWay.rollback();
        }
    }

    /** By which the cleanup goes. */
    @Test
    void aBucketSaysWhenItWillBeFull() throws Exception {
        hold("1/h", List.of(new Worker("full in an hour")));
        await().until(() -> starts.get() == 1);

        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        """
                                select to_timestamp(expires_at / 1000.0) between now() + interval '59 minutes' and now() + interval '65 minutes'
                                from rate_bucket where id = 'full in an hour 1/h'
                                """)) {
            assertThat(row.next()).isTrue();
            assertThat(row.getBoolean(1)).isTrue();
        }
    }

    private boolean pauses() throws InterruptedException {
        long before = starts.get();
        pass(Duration.ofMillis(300));
        return starts.get() == before;
    }

    private void hold(String written, List<Worker> workers) {
        limit = Optional.of(RateLimit.of(written));
        workers.forEach(worker -> threads.execute(worker::proceed));
    }

    private static double pass(Duration window) throws InterruptedException {
        long start = System.nanoTime();
        TimeUnit.NANOSECONDS.sleep(window.toNanos()); // how long is looked
        return (System.nanoTime() - start) / 1e9;
    }
}
