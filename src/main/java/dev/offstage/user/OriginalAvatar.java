package dev.offstage.user;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.UUID;

/** A user's picture as it was uploaded, on its way into PostgreSQL. */
public record OriginalAvatar(UUID userId, AvatarUpload upload, Instant createdAt) {

    private static final String INSERT = """
            insert into avatar (user_id, size, content_type, content, etag, created_at)
            values (?, 0, ?, ?, ?, ?)
            """;
    private static final String SELECT_LENGTH = """
            select octet_length(content) from avatar where user_id = ? and size = 0
            """;
    /** PostgreSQL reads no more of a value that it stores uncompressed, and nobody holds all of it twice. */
    private static final String SELECT_PART = """
            select substring(content from ? for ?) from avatar where user_id = ? and size = 0
            """;
    private static final int PART = 1024 * 1024;
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

    /** The bytes that this user uploaded, if any. */
    public static Optional<byte[]> read(Connection connection, UUID userId) throws SQLException {
        byte[] content;
        try (PreparedStatement select = connection.prepareStatement(SELECT_LENGTH)) {
            select.setObject(1, userId);
            try (ResultSet row = select.executeQuery()) {
                if (!row.next()) {
                    return Optional.empty();
                }
                content = new byte[row.getInt(1)];
            }
        }
        try (PreparedStatement select = connection.prepareStatement(SELECT_PART)) {
            for (int start = 0; start < content.length; start += PART) {
                read(select, userId, start, content);
            }
        }
        return Optional.of(content);
    }

    private static void read(PreparedStatement select, UUID userId, int start, byte[] content) throws SQLException {
        select.setInt(1, start + 1);
        select.setInt(2, PART);
        select.setObject(3, userId);
        try (ResultSet row = select.executeQuery()) {
            if (!row.next()) {
                throw new SQLException("The picture of user " + userId + " was deleted while it was read.");
            }
            byte[] part = row.getBytes(1);
            System.arraycopy(part, 0, content, start, part.length);
        }
    }
}
