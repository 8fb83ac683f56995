package dev.offstage.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import dev.offstage.testing.TestDirectories;

class EmbeddedPostgresqlIT {

    private static Path directory;
    private static int count;

    @BeforeAll
    static void shareThePrograms() throws IOException {
        directory = TestDirectories.make("postgresql");
    }

    private static Path newData() {
        count++;
        return directory.resolve("data-" + count);
    }

    @Test
    void keeps_its_data_over_a_stop_and_a_kill() throws Exception {
        try (EmbeddedPostgresql postgresql = started(newData())) {
            change(postgresql, "create table kept (word text)");
            change(postgresql, "insert into kept values ('stopped')");

            postgresql.stop();
            postgresql.start();
            change(postgresql, "insert into kept values ('killed')");
            postgresql.kill();
            postgresql.start();

            assertThat(ask(postgresql, "select string_agg(word, ' ' order by word) from kept"))
                    .isEqualTo("killed stopped");
        }
    }

    /** Service and server killed at once: the server has ended, and nobody has asked for its exit status yet. */
    @Test
    void waits_for_a_server_that_is_dying() throws Exception {
        Path data = newData();
        Files.createDirectories(data);
        // The inner process ends at once; the one that would ask for its status ends a second later.
        Process parent = new ProcessBuilder("sh", "-c", "sleep 0 & echo $!; exec sleep 1").start();
        String dying = parent.inputReader().readLine();
        ProcessHandle process = ProcessHandle.of(Long.parseLong(dying)).orElseThrow();
        await().until(() -> process.info().command().isEmpty()); // it has ended, and its parent has not asked
        Files.writeString(data.resolve("postmaster.pid"), dying + "\n");

        new EmbeddedPostgresql(data, 0).stopOrphan();

        assertThat(process.isAlive()).isFalse();
    }

    @Test
    void has_every_commit_on_disk() throws Exception {
        try (EmbeddedPostgresql postgresql = started(newData())) {
            assertThat(ask(postgresql, "show fsync")).isEqualTo("on");
            assertThat(ask(postgresql, "show synchronous_commit")).isEqualTo("on");
            assertThat(ask(postgresql, "show full_page_writes")).isEqualTo("on");
            assertThat(ask(postgresql, "show max_connections")).isEqualTo("200");
            assertThat(ask(postgresql, "show shared_preload_libraries")).isEqualTo("pg_stat_statements");
        }
    }

    @Test
    void takes_over_from_a_server_whose_service_was_killed() throws Exception {
        Path data = newData();
        EmbeddedPostgresql orphan = started(data); // never stopped, as if its service had been killed
        change(orphan, "create table kept (word text)");
        long orphanProcess = process(data);

        try (EmbeddedPostgresql successor = started(data)) {
            assertThat(ProcessHandle.of(orphanProcess)).isEmpty();
            assertThat(ask(successor, "select count(*) from kept")).isEqualTo("0");
        }
    }

    @Test
    void does_not_stop_another_program_that_has_the_number_of_a_dead_server() throws Exception {
        Path data = newData();
        started(data).close();
        Process other = new ProcessBuilder("sleep", "60").start();
        try {
            Files.writeString(data.resolve("postmaster.pid"),
                    other.pid() + "\n" + data.toAbsolutePath() + "\n1\n1\n\n127.0.0.1\n0 0\nready\n");

            new EmbeddedPostgresql(data, 0).stopOrphan();

            assertThat(other.isAlive()).isTrue();
        } finally {
            other.destroyForcibly();
        }
    }

    @Test
    void leaves_no_process_behind() throws Exception {
        Path data = newData();
        long process;
        try (EmbeddedPostgresql postgresql = started(data)) {
            assertThat(postgresql.jdbcUrl()).startsWith("jdbc:postgresql://127.0.0.1:");
            process = process(data);
        }

        assertThat(ProcessHandle.of(process)).isEmpty();
    }

    @Test
    void lets_nobody_in_who_does_not_know_the_password() throws Exception {
        Path data = newData();
        try (EmbeddedPostgresql postgresql = started(data)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data))).isEqualTo("rwx------");
            assertThat(PosixFilePermissions
                    .toString(Files.getPosixFilePermissions(data.resolveSibling(data.getFileName() + "-password"))))
                    .isEqualTo("rw-------");
            assertThatThrownBy(() -> DriverManager.getConnection(postgresql.jdbcUrl(), postgresql.username(), ""))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("password");
            assertThatThrownBy(() -> DriverManager.getConnection(postgresql.jdbcUrl(), postgresql.username(), "guess"))
                    .isInstanceOf(SQLException.class)
                    .extracting(e -> ((SQLException) e).getSQLState())
                    .isEqualTo("28P01");
            String password = postgresql.password();
            postgresql.stop();
            postgresql.start();
            assertThat(postgresql.password()).isEqualTo(password);
        }
    }

    @Test
    void closes_data_of_a_version_that_asked_for_no_password() throws Exception {
        Path data = newData();
        try (EmbeddedPostgresql postgresql = started(data)) {
            change(postgresql, "create table kept (word text)");
            postgresql.kill();
            Files.delete(data.resolveSibling(data.getFileName() + "-password"));
            Files.writeString(data.resolve("pg_hba.conf"), "host all all 127.0.0.1/32 trust\n");
            postgresql.start();

            assertThat(ask(postgresql, "select count(*) from kept")).isEqualTo("0");
            assertThatThrownBy(() -> DriverManager.getConnection(postgresql.jdbcUrl(), postgresql.username(), "guess"))
                    .isInstanceOf(SQLException.class);
        }
    }

    private static EmbeddedPostgresql started(Path data) throws Exception {
        EmbeddedPostgresql postgresql = new EmbeddedPostgresql(data, 0);
        postgresql.start();
        return postgresql;
    }

    private static long process(Path data) throws Exception {
        return Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid")).get(0));
    }

    private static void change(EmbeddedPostgresql postgresql, String sql) throws SQLException {
        try (Connection connection = connect(postgresql); Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String ask(EmbeddedPostgresql postgresql, String sql) throws SQLException {
        try (Connection connection = connect(postgresql);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    private static Connection connect(EmbeddedPostgresql postgresql) throws SQLException {
        return DriverManager.getConnection(postgresql.jdbcUrl(), postgresql.username(), postgresql.password());
    }
}
