package dev.offstage.picture;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.UUID;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;

import io.quarkus.hibernate.orm.panache.PanacheEntityBase;

/** A user's picture in one size; of one that moves there are two, the poster and the animation. Read as {@link StoredAvatar}. */
@Entity
@Table(name = "avatar")
@IdClass(Avatar.Key.class)
public class Avatar extends PanacheEntityBase {

    /** The size that stands for the picture as it was uploaded. */
    public static final int ORIGINAL = 0;

    @Id
    @Column(name = "user_id")
    public UUID userId;

    /** The side of the square in pixels, or {@link #ORIGINAL}. A smaller original makes a smaller square. */
    @Id
    public int size;

    /** False for a still picture and for the original, whatever that is. */
    @Id
    public boolean animated;

    @Column(name = "content_type", nullable = false)
    public String contentType;

    @Column(nullable = false)
    public byte[] content;

    /** A hash of the content, without quotes. */
    @Column(nullable = false)
    public String etag;

    @Column(name = "created_at", nullable = false)
    public Instant createdAt;

    /** For Hibernate. */
    protected Avatar() {
    }

    /** @param content not copied; must not change afterwards */
    public Avatar(UUID userId, int size, boolean animated, String contentType, byte[] content, Instant createdAt) {
        this.userId = userId;
        this.size = size;
        this.animated = animated;
        this.contentType = contentType;
        this.content = content;
        this.etag = tag(digest().digest(content));
        this.createdAt = createdAt;
    }

    /** Writes this picture over the one that the user has in this size, if any. Needs a transaction. */
    public void replace() {
        getEntityManager()
                .createNativeQuery("""
                        insert into avatar (user_id, size, animated, content_type, content, etag, created_at)
                        values (:userId, :size, :animated, :contentType, :content, :etag, :createdAt)
                        on conflict (user_id, size, animated) do update
                        set content_type = excluded.content_type, content = excluded.content,
                            etag = excluded.etag, created_at = excluded.created_at
                        where avatar.etag <> excluded.etag""")
                .setParameter("userId", userId)
                .setParameter("size", size)
                .setParameter("animated", animated)
                .setParameter("contentType", contentType)
                .setParameter("content", content)
                .setParameter("etag", etag)
                .setParameter("createdAt", createdAt)
                .executeUpdate();
    }

    static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java runtime has SHA-256.", e);
        }
    }

    static String tag(byte[] digest) {
        return HexFormat.of().formatHex(digest, 0, 16);
    }

    /** What identifies an avatar. */
    public record Key(UUID userId, int size, boolean animated) {}
}
