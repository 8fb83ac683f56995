package dev.offstage.user;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.UUID;

/** A user's picture as it was uploaded, on its way into PostgreSQL. */
public record OriginalAvatar(UUID userId, AvatarUpload upload, Instant createdAt) {

    private static final String INSERT = """
            insert into avatar (user_id, size, content_type, content, etag, created_at)
            values (?, 0, ?, ?, ?, ?)
            """;
    /** A data exception: whoever shares the transaction is tried without this one. */
    private static final String BAD_DATA = "22000";

    /**
     * Streams it from disk. The user must have none yet.
     *
     * @throws SQLException also if the file has gone, because its request has ended
     */
    public void store(Connection connection) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT);
                InputStream content = Files.newInputStream(upload.file())) {
            insert.setObject(1, userId);
            insert.setString(2, upload.contentType());
            insert.setBinaryStream(3, content, upload.length());
            insert.setString(4, upload.etag());
            insert.setObject(5, createdAt.atOffset(ZoneOffset.UTC));
            insert.executeUpdate();
        } catch (IOException e) {
            throw new SQLException("The uploaded file " + upload.file() + " cannot be read any more.", BAD_DATA, e);
        }
    }
}
