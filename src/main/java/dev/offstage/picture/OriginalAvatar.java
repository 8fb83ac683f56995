package dev.offstage.picture;

import java.io.IOException;
import java.io.InputStream;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

import dev.offstage.picture.format.UploadedFile;
import dev.offstage.storage.SqlArrays;
import dev.offstage.storage.SqlInstants;

/** A user's picture as it was uploaded, on its way into PostgreSQL. */
public record OriginalAvatar(UUID userId, AvatarUpload upload, Instant createdAt) {

    /** Stores small ones; its parameters are set by {@link #bind}. The users must have none yet. */
    public static final String INSERT_SMALL = """
            insert into avatar (user_id, size, content_type, content, etag, created_at)
            select user_id, 0, content_type, content, etag, created_at
            from unnest(?::uuid[], ?::text[], ?::bytea[], ?::text[], ?::timestamptz[])
                as n (user_id, content_type, content, etag, created_at)
            """;

    private static final String INSERT_LARGE = """
            insert into avatar (user_id, size, content_type, content, etag, created_at)
            values (?, 0, ?, ?, ?, ?)
            """;
    /** A data exception: to try again would not help. */
    private static final String BAD_DATA = "22000";

    /** Whether it can travel with those of others, for it is in memory. */
    public boolean isSmall() {
        return upload.file() instanceof UploadedFile.InMemory;
    }

    /** Sets the next parameters, those of {@link #INSERT_SMALL}. */
    public static void bind(SqlArrays arrays, List<OriginalAvatar> small) throws SQLException {
        arrays.add("uuid", small, OriginalAvatar::userId);
        arrays.add("text", small, picture -> picture.upload.contentType());
        arrays.addBytes(small, picture -> ((UploadedFile.InMemory) picture.upload.file()).bytes());
        arrays.add("text", small, picture -> picture.upload.etag());
        arrays.add("timestamptz", small, OriginalAvatar::createdAt);
    }

    /**
     * Stores a large one, which is streamed from the disk. The user must have none yet.
     *
     * @throws SQLException also if the file has gone, because its request has ended
     */
    public void stream(Connection connection) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT_LARGE);
                InputStream content = upload.file().stream()) {
            insert.setObject(1, userId);
            insert.setString(2, upload.contentType());
            insert.setBinaryStream(3, content, upload.file().length());
            insert.setString(4, upload.etag());
            SqlInstants.set(insert, 5, createdAt);
            insert.executeUpdate();
        } catch (IOException e) {
            throw new SQLException("The uploaded file cannot be read any more.", BAD_DATA, e);
        }
    }
}
