package dev.offstage.task.cleanup;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

import dev.offstage.picture.Originals;

import javax.sql.DataSource;

/**
 * Uploaded pictures in object storage whose users are not there, because their sign-ups failed. Ids of users are times (UUID v7,
 * RFC 9562): one that is not committed yet may still be, and is passed over.
 */
final class OrphanedOriginals implements Cleanup.Removal {

    private static final UUID FIRST = new UUID(0, 0);
    private static final String KNOWN = "select id from app_user where id = any(?)";

    private final Originals originals;
    private final DataSource dataSource;
    private final Instant before;
    private UUID last = FIRST;
    private long removed;

    /** @param before who signed up later is not looked at */
    OrphanedOriginals(Originals originals, DataSource dataSource, Instant before) {
        this.originals = originals;
        this.dataSource = dataSource;
        this.before = before;
    }

    @Override
    public boolean removeSome() throws SQLException {
        List<UUID> page = originals.usersAfter(last);
        List<UUID> old = page.stream().filter(user -> time(user).isBefore(before)).toList();
        Set<UUID> known = known(old);
        for (UUID user : old) {
            if (!known.contains(user)) {
                originals.remove(user);
                removed++;
            }
        }
        if (!page.isEmpty()) {
            last = page.get(page.size() - 1);
        }
        return !page.isEmpty() && old.size() == page.size();
    }

    private Set<UUID> known(List<UUID> users) throws SQLException {
        Set<UUID> known = new HashSet<>();
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(KNOWN)) {
            statement.setArray(1, connection.createArrayOf("uuid", users.toArray()));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    known.add(rows.getObject(1, UUID.class));
                }
            }
        }
        return known;
    }

    private static Instant time(UUID id) {
        return Instant.ofEpochMilli(id.getMostSignificantBits() >>> 16);
    }

    /** How many are gone. */
    long removed() {
        return removed;
    }
}
