package dev.offstage.job.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

import dev.offstage.job.JobState;
import dev.offstage.storage.SqlArrays;

/**
 * A row of the outbox that is due, locked, with what the rows of its jobs say.
 *
 * @param jobs how many it names
 * @param rows those of them that need a record: what runs or has ended needs none
 */
record DueEntry(UUID id, int jobs, List<Row> rows) {

    private static final int AT_ONCE = 16;

    /** @param bytes of its payload in memory, at most */
    record Row(UUID job, JobState state, boolean isDue, int bytes) {

        boolean needsRecord(boolean deadLetter) {
            return deadLetter
                    ? state == JobState.DEAD
                    : state == JobState.QUEUED || state == JobState.SCHEDULED || state == JobState.RETRYING && isDue;
        }
    }

    private record Named(UUID id, UUID[] jobs, boolean deadLetters) {}

    /**
     * The entries that have been due longest.
     *
     * @param limit how many at most
     * @param mostJobs after as many, no more entries are read
     */
    static List<DueEntry> read(Connection connection, int limit, int mostJobs) throws SQLException {
        List<Named> named = named(connection, limit, mostJobs);
        if (named.isEmpty()) {
            return List.of();
        }
        Map<UUID, Row> rows = rows(connection, named.stream().flatMap(entry -> Stream.of(entry.jobs)).toList());
        return named.stream()
                .map(entry -> new DueEntry(entry.id, entry.jobs.length, Stream.of(entry.jobs)
                        .map(rows::get)
                        .filter(row -> row != null && row.needsRecord(entry.deadLetters))
                        .toList()))
                .toList();
    }

    private static List<Named> named(Connection connection, int limit, int mostJobs) throws SQLException {
        List<Named> named = new ArrayList<>();
        int jobs = 0;
        try (PreparedStatement due = connection.prepareStatement(Outbox.DUE)) {
            due.setInt(1, limit);
            due.setFetchSize(AT_ONCE); // a row that is not read is not locked
            try (ResultSet rows = due.executeQuery()) {
                while (jobs < mostJobs && rows.next()) {
                    UUID[] ids = (UUID[]) rows.getArray(2).getArray();
                    named.add(new Named(rows.getObject(1, UUID.class), ids, rows.getBoolean(3)));
                    jobs += ids.length;
                }
            }
        }
        return named;
    }

    private static Map<UUID, Row> rows(Connection connection, List<UUID> jobs) throws SQLException {
        Map<UUID, Row> found = new HashMap<>();
        try (PreparedStatement sizes = connection.prepareStatement(Outbox.SIZES)) {
            new SqlArrays(sizes).add("uuid", jobs, id -> id);
            try (ResultSet rows = sizes.executeQuery()) {
                while (rows.next()) {
                    UUID job = rows.getObject(1, UUID.class);
                    found.put(job, new Row(job, JobState.of(rows.getString(2)).orElseThrow(), rows.getBoolean(3),
                            rows.getInt(4)));
                }
            }
        }
        return found;
    }

    /** The first of these, until their payloads take so many bytes; one at least. */
    static List<DueEntry> upTo(int mostBytes, List<DueEntry> all) {
        List<DueEntry> taken = new ArrayList<>();
        long bytes = 0;
        for (DueEntry entry : all) {
            if (bytes >= mostBytes) {
                break;
            }
            taken.add(entry);
            bytes += entry.rows.stream().mapToLong(Row::bytes).sum();
        }
        return taken;
    }

    Stream<UUID> waiting() {
        return rows.stream().map(Row::job);
    }

    Stream<UUID> waiting(JobState state) {
        return rows.stream().filter(row -> row.state == state).map(Row::job);
    }
}
