package dev.offstage.schedule;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

import jakarta.inject.Singleton;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/** The table {@code schedule}. */
@Singleton
class ScheduleTable {

    /** Who wrote a row last. */
    enum Source {
        SETTINGS, OPERATOR;

        private final String label = name().toLowerCase(Locale.ROOT);
    }

    private static final String WRITE = """
            insert into schedule (name, cron, zone, type, payload, enabled, source, next_at)
            values (?, ?, ?, ?, ?::jsonb, ?, ?, ?)
            on conflict (name) do update set cron = excluded.cron, zone = excluded.zone, type = excluded.type,
                payload = excluded.payload, enabled = excluded.enabled, source = excluded.source, deleted = false,
                next_at = excluded.next_at
            """;
    /** The settings write over what settings wrote, and only what is different: a fire time that was missed stays due. */
    private static final String WRITE_DIFFERENT = WRITE + """
            where schedule.source = 'settings'
              and (schedule.cron, schedule.zone, schedule.type, schedule.payload, schedule.enabled)
                  is distinct from (excluded.cron, excluded.zone, excluded.type, excluded.payload, excluded.enabled)
            """;
    private static final String DELETE = """
            update schedule set deleted = true, source = 'operator', next_at = null where name = ? and not deleted
            """;
    private static final String FORGET = """
            delete from schedule where (source = 'settings' or deleted) and name <> all(?)
            """;
    private static final String COLUMNS = """
            select s.name, s.cron, s.zone, s.type, s.payload, s.enabled, s.source, s.next_at, s.fired_for, %s
            from schedule s
            """;
    private static final String READ = COLUMNS.formatted("job.id") + """
            left join job on job.id = s.last_job
            where not s.deleted and (?::text is null or s.name = ?) order by s.name
            """;
    private static final String COUNT_OTHERS = "select count(*) from schedule where not deleted and name <> ?";
    private static final String TAKE_DUE = COLUMNS.formatted("s.last_job") + """
            where s.next_at <= ? and s.type = any(?) and s.name <> all(?)
            order by s.next_at, s.name limit 1 for update skip locked
            """;
    private static final String FIRED = """
            update schedule set fired_for = ?, next_at = ?, last_job = ? where name = ?
            """;

    private final ObjectMapper json;

    ScheduleTable(ObjectMapper json) {
        this.json = json;
    }

    /** Writes it whatever is there; it fires for no time up to now. */
    void write(Connection connection, String name, Definition definition, Source source, Instant now)
            throws SQLException {
        write(connection, WRITE, name, definition, source, now);
    }

    /** Writes it unless that is there already, or an operator has written over it, or deleted it. */
    void writeIfDifferent(Connection connection, String name, Definition definition, Instant now) throws SQLException {
        write(connection, WRITE_DIFFERENT, name, definition, Source.SETTINGS, now);
    }

    private static void write(Connection connection, String sql, String name, Definition definition, Source source,
            Instant now) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, name);
            statement.setString(2, definition.cron().toString());
            statement.setString(3, definition.zone().getId());
            statement.setString(4, definition.type());
            statement.setString(5, definition.payload().toString());
            statement.setBoolean(6, definition.enabled());
            statement.setString(7, source.label);
            statement.setObject(8, utc(definition.next(now).orElse(null)));
            statement.executeUpdate();
        }
    }

    /** Remembers that it is not wanted. False if there is none. */
    boolean delete(Connection connection, String name) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(DELETE)) {
            statement.setString(1, name);
            return statement.executeUpdate() == 1;
        }
    }

    /** Drops what the settings no longer name, but for what operators want all the same. */
    void forgetAllBut(Connection connection, Collection<String> names) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(FORGET)) {
            statement.setArray(1, connection.createArrayOf("text", names.toArray()));
            statement.executeUpdate();
        }
    }

    /** @param name of one; null for all, in the order of their names */
    List<Schedule> read(Connection connection, String name) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(READ)) {
            statement.setString(1, name);
            statement.setString(2, name);
            return schedules(statement);
        }
    }

    /** How many there are besides this one. */
    long countOthers(Connection connection, String name) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(COUNT_OTHERS)) {
            statement.setString(1, name);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    /** The one that has been due longest, locked until the end of the transaction; empty if none is, or others have them. */
    Optional<Schedule> takeDue(Connection connection, Instant now, Collection<String> types, Collection<String> except)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(TAKE_DUE)) {
            statement.setObject(1, utc(now));
            statement.setArray(2, connection.createArrayOf("text", types.toArray()));
            statement.setArray(3, connection.createArrayOf("text", except.toArray()));
            return schedules(statement).stream().findFirst();
        }
    }

    /** Notes which time the job is for, and when the next one is. */
    void fired(Connection connection, String name, UUID job, Instant time, Instant next) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(FIRED)) {
            statement.setObject(1, utc(time));
            statement.setObject(2, utc(next));
            statement.setObject(3, job);
            statement.setString(4, name);
            statement.executeUpdate();
        }
    }

    private List<Schedule> schedules(PreparedStatement statement) throws SQLException {
        List<Schedule> schedules = new ArrayList<>();
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                Definition definition = new Definition(CronExpression.of(row.getString(2)), ZoneId.of(row.getString(3)),
                        row.getString(4), parsed(row.getString(5)), row.getBoolean(6));
                schedules.add(new Schedule(row.getString(1), definition,
                        Source.OPERATOR.label.equals(row.getString(7)), instant(row, 8), instant(row, 9),
                        row.getObject(10, UUID.class)));
            }
        }
        return schedules;
    }

    private JsonNode parsed(String payload) {
        try {
            return json.readTree(payload);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("PostgreSQL holds only JSON in this column.", e);
        }
    }

    private static OffsetDateTime utc(Instant instant) {
        return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
    }

    private static Instant instant(ResultSet row, int column) throws SQLException {
        OffsetDateTime value = row.getObject(column, OffsetDateTime.class);
        return value == null ? null : value.toInstant();
    }
}
