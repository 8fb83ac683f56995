package dev.offstage.task.webhook;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

import io.agroal.api.AgroalDataSource;
import io.quarkus.runtime.StartupEvent;

import dev.offstage.job.NewJob;
import dev.offstage.storage.Dependencies;
import dev.offstage.storage.Dependency;
import dev.offstage.storage.PeriodicTask;
import dev.offstage.storage.Poll;
import dev.offstage.storage.StorageException;

/**
 * Which web hooks have subscribed to which events. They are kept in memory, so that an event without subscriptions costs no
 * query, and are read again when they have changed, which the poll asks four times a second. In other processes than the one
 * that changed it, a new subscription may therefore miss the events of its first quarter of a second. A deleted one may have
 * deliveries enqueued for as long; they end without a request.
 */
@Singleton
public class Subscriptions {

    /** A subscription that is on. */
    private record Subscription(UUID id, Set<String> events) {}

    private static final Duration LOOK_EVERY = Duration.ofMillis(250);
    private static final String READ = "select id, events from webhook where disabled_at is null order by id";

    private final AgroalDataSource dataSource;
    private final Dependency postgresql;
    private final PeriodicTask looking;
    private final Poll poll;
    private volatile List<Subscription> subscriptions;

    Subscriptions(AgroalDataSource dataSource, Dependencies dependencies, Poll poll) {
        this.poll = poll;
        this.dataSource = dataSource;
        this.postgresql = dependencies.postgresql();
        this.looking = new PeriodicTask("webhooks", LOOK_EVERY, dataSource, postgresql, this::look);
    }

    /** Reads the subscriptions before the first request, since a sign-up is an event. */
    void start(@Observes StartupEvent event) {
        try (Connection connection = dataSource.getConnection()) {
            look(connection);
        } catch (SQLException e) {
            postgresql.failed(e);
        }
        looking.startWhenChanged(poll,
                "(select sum(hashtextextended(id::text || events::text, 0)) from webhook where disabled_at is null)");
    }

    /**
     * The jobs that tell of an event, one for each subscription to it; to be enqueued in the transaction that the event is of.
     *
     * @param data what is told
     * @param at when it happened
     * @param key of the jobs
     * @throws StorageException if the subscriptions could not be read since the start
     */
    public List<NewJob> deliveries(WebhookEvent event, Map<String, Object> data, Instant at, String key) {
        List<Subscription> known = subscriptions;
        if (known == null) {
            throw new StorageException("The web hooks could not be read yet.",
                    new SQLTransientConnectionException("PostgreSQL could not be reached since the start."));
        }
        List<NewJob> jobs = new ArrayList<>();
        for (Subscription subscription : known) {
            if (subscription.events.contains(event.label())) {
                jobs.add(new NewJob(WebhookMessage.JOB_TYPE,
                        new WebhookMessage(subscription.id, event.label(), at, data), key));
            }
        }
        return jobs;
    }

    /**
     * Reads the subscriptions now, after a web hook was changed in this process.
     *
     * @throws StorageException if PostgreSQL does not answer
     */
    public void refresh() {
        try (Connection connection = dataSource.getConnection()) {
            look(connection);
        } catch (SQLException e) {
            throw new StorageException("The web hooks could not be read.", e);
        }
    }

    /** One at a time, so that an older answer does not come after a newer one. */
    private synchronized void look(Connection connection) throws SQLException {
        List<Subscription> now = new ArrayList<>();
        try (var statement = connection.createStatement(); var rows = statement.executeQuery(READ)) {
            while (rows.next()) {
                now.add(new Subscription(rows.getObject(1, UUID.class),
                        Set.of((String[]) rows.getArray(2).getArray())));
            }
        }
        subscriptions = List.copyOf(now);
    }

    @PreDestroy
    void close() {
        looking.close();
    }
}
