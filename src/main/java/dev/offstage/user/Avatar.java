package dev.offstage.user;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;

import io.quarkus.hibernate.orm.panache.PanacheEntityBase;

/** A user's picture in one size. */
@Entity
@Table(name = "avatar")
@IdClass(Avatar.Key.class)
public class Avatar extends PanacheEntityBase {

    /** The size that stands for the picture as it was uploaded. */
    public static final int ORIGINAL = 0;

    private static final String INSERT = """
            insert into avatar (user_id, size, content_type, content, etag, created_at)
            values (?, ?, ?, ?, ?, ?)
            """;

    @Id
    @Column(name = "user_id")
    public UUID userId;

    /** The side of the square in pixels, or {@link #ORIGINAL}. A smaller original makes a smaller square. */
    @Id
    public int size;

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
    public Avatar(UUID userId, int size, String contentType, byte[] content, Instant createdAt) {
        this.userId = userId;
        this.size = size;
        this.contentType = contentType;
        this.content = content;
        this.etag = hash(content);
        this.createdAt = createdAt;
    }

    /** @param size the side in pixels, or {@link #ORIGINAL} */
    public static Optional<Avatar> find(UUID userId, int size) {
        return findByIdOptional(new Key(userId, size));
    }

    /** Stores these pictures, of sizes that their users have not yet. */
    public static void store(Connection connection, List<Avatar> avatars) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            for (Avatar avatar : avatars) {
                insert.setObject(1, avatar.userId);
                insert.setInt(2, avatar.size);
                insert.setString(3, avatar.contentType);
                insert.setBytes(4, avatar.content);
                insert.setString(5, avatar.etag);
                insert.setObject(6, avatar.createdAt.atOffset(ZoneOffset.UTC));
                insert.executeUpdate(); // one by one: a batch would hold all of them in memory once more
            }
        }
    }

    /** Writes this picture over the one that the user has in this size, if any. Needs a transaction. */
    public void replace() {
        getEntityManager()
                .createNativeQuery("""
                        insert into avatar (user_id, size, content_type, content, etag, created_at)
                        values (:userId, :size, :contentType, :content, :etag, :createdAt)
                        on conflict (user_id, size) do update
                        set content_type = excluded.content_type, content = excluded.content,
                            etag = excluded.etag, created_at = excluded.created_at
                        where avatar.etag <> excluded.etag""")
                .setParameter("userId", userId)
                .setParameter("size", size)
                .setParameter("contentType", contentType)
                .setParameter("content", content)
                .setParameter("etag", etag)
                .setParameter("createdAt", createdAt)
                .executeUpdate();
    }

    private static String hash(byte[] content) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
            return HexFormat.of().formatHex(digest, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java runtime has SHA-256.", e);
        }
    }

    /** What identifies an avatar. */
    public record Key(UUID userId, int size) {}
}
