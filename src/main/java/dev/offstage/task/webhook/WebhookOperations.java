package dev.offstage.task.webhook;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;

import io.agroal.api.AgroalDataSource;

import dev.offstage.operation.AuditLog;
import dev.offstage.outbound.Destination;
import dev.offstage.storage.StorageException;

/** What an operator does to web hooks. */
@ApplicationScoped
public class WebhookOperations {

    private final AgroalDataSource dataSource;
    private final AuditLog audit;
    private final Clock clock;

    WebhookOperations(AgroalDataSource dataSource, AuditLog audit, Clock clock) {
        this.dataSource = dataSource;
        this.audit = audit;
        this.clock = clock;
    }

    /** @param owner the address that is told when it is switched off; null for the operator's */
    @Transactional
    public Webhook create(Destination destination, List<WebhookEvent> events, String owner, WebhookSecret secret,
            String operator) {
        Webhook webhook = new Webhook(destination, events, owner, secret, now());
        webhook.persist();
        note(operator, "create", webhook);
        return webhook;
    }

    /**
     * @return the web hook as it is now; null if there is none, as with the others here
     * @throws IllegalStateException if too many secrets sign already; the message says when there is room for another
     */
    @Transactional
    public Webhook rotate(UUID id, WebhookSecret secret, String operator) {
        return change(id, webhook -> {
            if (!webhook.rotate(secret, now())) {
                throw new IllegalStateException(
                        ("The secret of this web hook was rotated %d times within a day, and all"
                                + " of them still sign: give its receiver the newest one, or rotate again after %s.")
                                .formatted(
                                        Webhook.MOST_SECRETS - 1,
                                        webhook.nextRotation(now()).truncatedTo(ChronoUnit.SECONDS)));
            }
        }, operator, "rotate secret");
    }

    @Transactional
    public Webhook enable(UUID id, String operator) {
        return change(id, Webhook::enable, operator, "enable");
    }

    @Transactional
    public Webhook delete(UUID id, String operator) {
        return change(id, Webhook::delete, operator, "delete");
    }

    private Webhook change(UUID id, Consumer<Webhook> change, String operator, String action) {
        Webhook webhook = Webhook.locked(id);
        if (webhook != null) {
            change.accept(webhook);
            note(operator, action, webhook);
        }
        return webhook;
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    private void note(String operator, String action, Webhook webhook) {
        try (Connection connection = dataSource.getConnection()) {
            audit.write(connection, operator, action, "web hook " + webhook.id + " to " + webhook.host(), null);
        } catch (SQLException e) {
            throw new StorageException("The action could not be noted.", e);
        }
    }
}
