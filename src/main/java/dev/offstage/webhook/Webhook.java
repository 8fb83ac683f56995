package dev.offstage.webhook;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.LockModeType;

import org.hibernate.annotations.DynamicUpdate;

import io.quarkus.hibernate.orm.panache.PanacheEntityBase;

import com.github.f4b6a3.uuid.UuidCreator;

import dev.offstage.outbound.Destination;

/** A subscription: which events are told to which URL. */
@Entity
@DynamicUpdate
public class Webhook extends PanacheEntityBase {

    /** How long a secret is used beside the one that replaces it. */
    public static final Duration OVERLAP = Duration.ofHours(24);

    /** Each event is a job for each subscription to it, so there is a bound. */
    public static final int MOST = 100;

    /** UUID version 7, given by us. */
    @Id
    public UUID id;

    /** See {@link Destination}. */
    public String url;

    /** Labels of {@link WebhookEvent}. */
    public String[] events;

    /** The address that is told when the web hook is switched off; null for the operator's. */
    public String owner;

    private byte[] secret;

    /** Null until the first rotation. */
    @Column(name = "previous_secret")
    private byte[] previousSecret;

    @Column(name = "previous_secret_until")
    private Instant previousSecretUntil;

    @Column(name = "created_at")
    public Instant createdAt;

    /** Since when every attempt has failed; null if the last one did not. Written by {@link WebhookHealth} alone. */
    @Column(name = "failing_since")
    public Instant failingSince;

    /** Null while it is on. */
    @Column(name = "disabled_at")
    public Instant disabledAt;

    /** For a person; null while it is on. */
    @Column(name = "disabled_reason")
    public String disabledReason;

    /** For Hibernate. */
    protected Webhook() {
    }

    public Webhook(Destination destination, List<WebhookEvent> events, String owner, WebhookSecret secret,
            Instant createdAt) {
        this.id = UuidCreator.getTimeOrderedEpoch();
        this.url = destination.url().toString();
        this.events = events.stream().map(WebhookEvent::label).toArray(String[]::new);
        this.owner = owner;
        this.secret = secret.key();
        this.createdAt = createdAt;
    }

    /** For messages: the path of a URL may be a secret. */
    public String host() {
        return destination().host();
    }

    public Destination destination() {
        return Destination.of(url);
    }

    /** Those that sign now, the newest first. */
    public List<WebhookSecret> secrets(Instant now) {
        boolean overlap = previousSecretUntil != null && now.isBefore(previousSecretUntil);
        return Stream.of(secret, overlap ? previousSecret : null)
                .filter(key -> key != null)
                .map(WebhookSecret::new)
                .toList();
    }

    /** The secret before the new one goes on to sign for {@link #OVERLAP}; the one before that no longer does. */
    public void rotate(WebhookSecret next, Instant now) {
        previousSecret = secret;
        previousSecretUntil = now.plus(OVERLAP);
        secret = next.key();
    }

    /** Switches it on again, with all failures forgotten. */
    public void enable() {
        disabledAt = null;
        disabledReason = null;
        failingSince = null;
    }

    /** The subscription, locked until the transaction ends; null if there is none. */
    public static Webhook locked(UUID id) {
        return findById(id, LockModeType.PESSIMISTIC_WRITE);
    }
}
