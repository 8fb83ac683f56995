package dev.offstage.task.webhook;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

import jakarta.enterprise.context.ApplicationScoped;

import io.agroal.api.AgroalDataSource;
import io.quarkus.narayana.jta.QuarkusTransaction;

import dev.offstage.config.OffstageConfig;
import dev.offstage.job.Jobs;
import dev.offstage.job.NewJob;
import dev.offstage.outbound.Destination;
import dev.offstage.storage.SqlInstants;
import dev.offstage.storage.StorageException;

/** Whether the endpoint of a web hook answers. One that does not for days, or wants no more, is switched off. */
@ApplicationScoped
public class WebhookHealth {

    /** An endpoint that fails for so long, without one success, is switched off. */
    public static final Duration PATIENCE = Duration.ofDays(3);
    /** After so long without an attempt the time of failing begins anew, for the endpoint may have been well meanwhile. */
    private static final Duration SILENCE = Duration.ofDays(1);
    /** The row is written no more often than this. */
    private static final Duration PRECISION = Duration.ofMinutes(1);

    private static final String SUCCEEDED = "update webhook set failing_since = null where id = ? and failing_since is not null";
    private static final String FAILED = """
            with failure (at, webhook, silent_since, noted_since) as (
                values (?::timestamptz, ?::uuid, ?::timestamptz, ?::timestamptz)
            ), noted as (
                update webhook set failed_at = at,
                    failing_since = case when failed_at >= silent_since then coalesce(failing_since, at) else at end
                from failure where id = webhook and (failing_since is null or failed_at < noted_since)
                returning failing_since
            )
            select coalesce((select failing_since from noted), hook.failing_since)
            from webhook as hook, failure where hook.id = failure.webhook
            """;
    private static final String DISABLE = """
            update webhook set disabled_at = ?, disabled_reason = ? where id = ? and disabled_at is null returning url, owner
            """;

    private final AgroalDataSource dataSource;
    private final Subscriptions subscriptions;
    private final Jobs jobs;
    private final Optional<String> operator;

    WebhookHealth(AgroalDataSource dataSource, Subscriptions subscriptions, Jobs jobs, OffstageConfig config) {
        this.dataSource = dataSource;
        this.subscriptions = subscriptions;
        this.jobs = jobs;
        this.operator = config.operator().email();
    }

    /** @throws StorageException if PostgreSQL does not take it, as the others here */
    public void succeeded(UUID webhook) {
        try (Connection connection = dataSource.getConnection(); var update = connection.prepareStatement(SUCCEEDED)) {
            update.setObject(1, webhook);
            update.executeUpdate();
        } catch (SQLException e) {
            throw notNoted(e);
        }
    }

    /** Switches the web hook off if it has failed for {@link #PATIENCE}, at least once in each {@link #SILENCE}. */
    public void failed(UUID webhook, Instant now, String error) {
        Instant since = failingSince(webhook, now);
        if (since != null && !now.isBefore(since.plus(PATIENCE))) {
            disable(webhook, now, "its endpoint has failed since " + since + ", the last time so: " + error);
        }
    }

    /** When an attempt failed first since one succeeded; null if there is no such web hook. */
    private Instant failingSince(UUID webhook, Instant now) {
        try (Connection connection = dataSource.getConnection(); var update = connection.prepareStatement(FAILED)) {
            SqlInstants.set(update, 1, now);
            update.setObject(2, webhook);
            SqlInstants.set(update, 3, now.minus(SILENCE));
            SqlInstants.set(update, 4, now.minus(PRECISION));
            try (ResultSet row = update.executeQuery()) {
                return row.next() ? SqlInstants.get(row, 1) : null;
            }
        } catch (SQLException e) {
            throw notNoted(e);
        }
    }

    /**
     * Switches a web hook off and tells its owner and the subscribers of {@link WebhookEvent#WEBHOOK_DISABLED}; does nothing if
     * it is off already.
     *
     * @param reason goes on after "because"
     */
    public void disable(UUID webhook, Instant now, String reason) {
        QuarkusTransaction.requiringNew().run(() -> {
            try (Connection connection = dataSource.getConnection();
                    PreparedStatement update = connection.prepareStatement(DISABLE)) {
                SqlInstants.set(update, 1, now);
                update.setString(2, reason);
                update.setObject(3, webhook);
                try (ResultSet row = update.executeQuery()) {
                    if (row.next()) {
                        jobs.enqueue(announcements(webhook, row.getString(1), row.getString(2), now, reason));
                    }
                }
            } catch (SQLException e) {
                throw notNoted(e);
            }
        });
    }

    /** Others are told the host alone: the rest of a URL may be a secret. */
    private List<NewJob> announcements(UUID webhook, String url, String owner, Instant now, String reason) {
        String key = webhook.toString();
        List<NewJob> announcements = new ArrayList<>(subscriptions.deliveries(WebhookEvent.WEBHOOK_DISABLED,
                Map.of("id", webhook, "host", Destination.of(url).host(), "reason", reason, "disabledAt", now), now,
                key));
        Stream.of(Optional.ofNullable(owner), operator)
                .flatMap(Optional::stream)
                .limit(1)
                .map(address -> new NewJob("mail", mail(address, webhook, url, reason), key))
                .forEach(announcements::add);
        return announcements;
    }

    private static Map<String, Object> mail(String address, UUID webhook, String url, String reason) {
        return Map.of("to", List.of(address), "subject", "A web hook was switched off", "text", """
                The web hook %s to %s was switched off because %s

                Nothing is sent there any more. When the endpoint is well again, switch the web hook on with
                POST /webhooks/%s/enable. What failed meanwhile lies among the dead letters of the type webhook.
                """.formatted(webhook, url, reason, webhook));
    }

    private static StorageException notNoted(SQLException e) {
        return new StorageException("The state of the web hook could not be noted.", e);
    }
}
