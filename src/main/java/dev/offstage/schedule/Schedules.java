package dev.offstage.schedule;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import jakarta.inject.Singleton;

import io.agroal.api.AgroalDataSource;

import dev.offstage.schedule.ScheduleTable.Source;
import dev.offstage.storage.StorageException;
import dev.offstage.storage.Transaction;

/**
 * The schedules, which all processes share in PostgreSQL. A process with the role scheduler writes those of its settings there
 * when it starts; what an operator has changed, added or deleted stays so until an operator sets it back to the settings.
 *
 * <p>A schedule that is new, changed or enabled again fires for no time before that.
 */
@Singleton
public class Schedules {

    private static final int MOST = 1_000;

    private final AgroalDataSource dataSource;
    private final ScheduleTable table;
    private final ConfiguredSchedules configured;
    private final Clock clock;

    Schedules(AgroalDataSource dataSource, ScheduleTable table, ConfiguredSchedules configured, Clock clock) {
        this.dataSource = dataSource;
        this.table = table;
        this.configured = configured;
        this.clock = clock;
    }

    /** In the order of their names. */
    public List<Schedule> list() {
        return read(null);
    }

    public Optional<Schedule> find(String name) {
        return Definitions.isName(name) ? read(name).stream().findFirst() : Optional.empty();
    }

    /** The names of those that the settings of this process have, also if they were deleted since. */
    public Set<String> configured() {
        return configured.byName().keySet();
    }

    private List<Schedule> read(String name) {
        try (Connection connection = dataSource.getConnection()) {
            return table.read(connection, name);
        } catch (SQLException e) {
            throw new StorageException("The schedules could not be read.", e);
        }
    }

    /**
     * Changes or adds one.
     *
     * @throws InvalidSchedule if there are too many
     */
    public void put(Connection connection, String name, Definition definition) throws SQLException {
        if (table.countOthers(connection, name) >= MOST) {
            throw new InvalidSchedule("name",
                    "There are " + MOST + " other schedules, and there cannot be more: delete some.");
        }
        table.write(connection, name, definition, Source.OPERATOR, clock.instant());
    }

    /** @return false if there is none */
    public boolean delete(Connection connection, String name) throws SQLException {
        return Definitions.isName(name) && table.delete(connection, name);
    }

    /**
     * Makes one what the settings of this process say, as if no operator had touched it.
     *
     * @return false if they do not name it: then nothing was done
     */
    public boolean reset(Connection connection, String name) throws SQLException {
        Definition definition = configured.byName().get(name);
        if (definition != null) {
            table.write(connection, name, definition, Source.SETTINGS, clock.instant());
        }
        return definition != null;
    }

    /** Writes down what the settings say. */
    void load(Connection connection) throws SQLException {
        Transaction.run(connection, () -> {
            table.forgetAllBut(connection, configured.byName().keySet());
            for (Map.Entry<String, Definition> schedule : configured.byName().entrySet()) {
                table.writeIfDifferent(connection, schedule.getKey(), schedule.getValue(), clock.instant());
            }
            return null;
        });
    }
}
