package dev.offstage.job.ledger;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;

import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;

import org.jboss.logging.Logger;

import io.agroal.api.AgroalDataSource;
import io.quarkus.runtime.Startup;

import dev.offstage.background.BackgroundThread;
import dev.offstage.storage.Dependencies;
import dev.offstage.storage.Dependency;
import dev.offstage.storage.Engine;

/**
 * The time that every process of Offstage goes by: PostgreSQL's, so that a machine whose own clock is wrong runs no job
 * early and lets none wait twice. It is the machine's clock, corrected by what a look at PostgreSQL's proves to be wrong
 * with it, and no more; while PostgreSQL cannot be reached the last correction stands.
 */
@Singleton
@Startup
public class SharedClock extends Clock {

    private static final Logger LOG = Logger.getLogger(SharedClock.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(2);
    private static final Duration WORTH_A_WORD = Duration.ofSeconds(1);

    private final Instant origin = Instant.now();
    private final long originNanos = System.nanoTime();
    private final AgroalDataSource dataSource;
    private final Dependency postgresql;
    private final BackgroundThread thread = new BackgroundThread("clock", LOOK_EVERY, this::look);
    private volatile Duration correction = Duration.ZERO;

    SharedClock(@Engine AgroalDataSource dataSource, Dependencies dependencies) {
        this.dataSource = dataSource;
        this.postgresql = dependencies.postgresql();
        look();
        thread.startWithPause();
    }

    /** The machine's clock as it was at the start, and as time has gone by since: a clock that is set moves nothing here. */
    private Instant machine() {
        return origin.plusNanos(System.nanoTime() - originNanos);
    }

    private void look() {
        try (Connection connection = dataSource.getConnection(); var statement = connection.createStatement()) {
            Instant before = machine();
            Instant there;
            try (var row = statement.executeQuery("select clock_timestamp()")) {
                row.next();
                there = row.getObject(1, OffsetDateTime.class).toInstant();
            }
            correct(corrected(correction, before, there, machine()));
        } catch (SQLException e) {
            postgresql.failed(e);
        }
    }

    private void correct(Duration next) {
        if (next.minus(correction).abs().compareTo(WORTH_A_WORD) > 0) {
            LOG.warnf("This machine's clock and PostgreSQL's are %d ms apart: Offstage goes by PostgreSQL's. Check the "
                    + "time service of both machines.", next.abs().toMillis());
        }
        correction = next;
    }

    /**
     * The correction nearest to the present one that a look allows: PostgreSQL's clock was read at some instant between
     * the two readings of the machine's (the rule of F. Cristian, "Probabilistic clock synchronization", 1989).
     */
    static Duration corrected(Duration present, Instant before, Instant there, Instant after) {
        Duration least = Duration.between(after, there);
        Duration most = Duration.between(before, there);
        if (present.compareTo(least) < 0) {
            return least;
        }
        return present.compareTo(most) > 0 ? most : present;
    }

    @Override
    public Instant instant() {
        return machine().plus(correction);
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException("Offstage's times are in UTC.");
    }

    @PreDestroy
    void close() {
        thread.close();
    }
}
