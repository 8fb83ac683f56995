package dev.offstage.picture;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;

/**
 * A picture in PostgreSQL, whose content is read when it is wanted, in parts: so that many large ones that are read at
 * once take little memory.
 *
 * @param animated an animation, or the original of one or a still picture
 * @param length in bytes
 */
public record StoredAvatar(UUID userId, int size, boolean animated, String contentType, String etag, int length) {

    /** In bytes: what is read at once of a picture that is sent on. */
    public static final int PART = 256 * 1024;
    private static final int MOST_AT_ONCE = 1024 * 1024;

    private static final String SELECT = """
            select animated, content_type, etag, octet_length(content)
            from avatar
            where user_id = ? and size = ? and (not animated or not ?)
            order by animated desc
            limit 1
            """;
    /** PostgreSQL reads no more than this of a value that it stores uncompressed. */
    private static final String SELECT_PART = """
            select substring(content from ? for ?)
            from avatar
            where user_id = ? and size = ? and animated = ? and etag = ?
            """;

    /**
     * The animation where there is one, and else the still picture.
     *
     * @param size the side in pixels, or {@link Avatar#ORIGINAL}
     * @param still leave the animation out
     */
    public static Optional<StoredAvatar> find(Connection connection, UUID userId, int size, boolean still)
            throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(SELECT)) {
            select.setObject(1, userId);
            select.setInt(2, size);
            select.setBoolean(3, still);
            try (ResultSet row = select.executeQuery()) {
                return row.next()
                        ? Optional.of(new StoredAvatar(userId, size, row.getBoolean(1), row.getString(2),
                                row.getString(3), row.getInt(4)))
                        : Optional.empty();
            }
        }
    }

    /**
     * At most so many bytes from this place on.
     *
     * @throws SQLException also if the picture was replaced or deleted meanwhile
     */
    public byte[] part(Connection connection, int start, int most) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(SELECT_PART)) {
            select.setInt(1, start + 1);
            select.setInt(2, most);
            select.setObject(3, userId);
            select.setInt(4, size);
            select.setBoolean(5, animated);
            select.setString(6, etag);
            try (ResultSet row = select.executeQuery()) {
                if (!row.next()) {
                    throw new SQLException(
                            "A picture of user " + userId + " was replaced while it was read: try again.");
                }
                return row.getBytes(1);
            }
        }
    }

    /** All of it. */
    public byte[] content(Connection connection) throws SQLException {
        byte[] content = new byte[length];
        for (int start = 0; start < length; start += MOST_AT_ONCE) {
            byte[] part = part(connection, start, MOST_AT_ONCE);
            System.arraycopy(part, 0, content, start, part.length);
        }
        return content;
    }
}
