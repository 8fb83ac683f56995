package dev.offstage.task.webhook;

import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Comparator;
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

    /** How many secrets of a web hook sign its deliveries at once, at most. */
    public static final int MOST_SECRETS = 5;

    /** How many web hooks there may be: each event becomes a job for each subscription to it. */
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

    /** As {@link Earlier#text()}, the newest first. */
    @Column(name = "earlier_secrets")
    private String[] earlierSecrets = {};

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

    /** A secret that was replaced, and until when it signs all the same. */
    private record Earlier(Instant until, WebhookSecret secret) {

        static Earlier of(String text) {
            String[] parts = text.split(" ", 2);
            return new Earlier(Instant.parse(parts[0]), new WebhookSecret(Base64.getMimeDecoder().decode(parts[1])));
        }

        String text() {
            return until + " " + Base64.getEncoder().encodeToString(secret.key());
        }
    }

    /** Those that sign now, the newest first. */
    public List<WebhookSecret> secrets(Instant now) {
        return Stream.concat(Stream.of(new WebhookSecret(secret)), earlier(now).map(Earlier::secret)).toList();
    }

    private Stream<Earlier> earlier(Instant now) {
        return Stream.of(earlierSecrets).map(Earlier::of).filter(replaced -> now.isBefore(replaced.until()));
    }

    /**
     * The secrets before the new one go on to sign, each for {@link #OVERLAP} after it was replaced: an operator who rotates
     * twice, by a double click or after an answer that was lost, leaves no receiver with a secret that does not sign.
     *
     * @return false, and nothing is changed, if {@link #MOST_SECRETS} sign already
     */
    public boolean rotate(WebhookSecret next, Instant now) {
        if (secrets(now).size() >= MOST_SECRETS) {
            return false;
        }
        Earlier replaced = new Earlier(now.plus(OVERLAP), new WebhookSecret(secret));
        earlierSecrets = Stream.concat(Stream.of(replaced), earlier(now)).map(Earlier::text).toArray(String[]::new);
        secret = next.key();
        return true;
    }

    /** From when on there is room for another secret. */
    public Instant nextRotation(Instant now) {
        return earlier(now).map(Earlier::until).min(Comparator.naturalOrder()).orElse(now);
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
