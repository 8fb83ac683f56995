package dev.offstage.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

import org.junit.jupiter.api.Test;

import dev.offstage.testing.TestDirectories;

class EmbeddedPartsTest {

    private static final Set<String> ALL_BUT_ANALYTICS = Set.of(EmbeddedParts.KAFKA, EmbeddedParts.POSTGRESQL,
            EmbeddedParts.MAIL);

    @Test
    void says_which_setting_moves_it_off_a_taken_port() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                EmbeddedParts parts = new EmbeddedParts(
                        new EmbeddedSettings(TestDirectories.make("parts"), taken.getLocalPort(), 0, 0, 0, 0),
                        Set.of())) {
            assertThatThrownBy(parts::start).isInstanceOf(CannotStart.class)
                    .hasMessage("Port " + taken.getLocalPort()
                            + " is taken: stop the program that uses it or set offstage.embedded.kafka-port.");
        }
    }

    @Test
    void starts_only_what_is_not_elsewhere() throws Exception {
        try (EmbeddedParts parts = collectorOnly(TestDirectories.make("parts"))) {
            assertThat(parts.start()).containsOnlyKeys(EmbeddedParts.ANALYTICS);
            assertThat(parts.kafka()).isNull();
            assertThat(parts.postgresql()).isNull();
            assertThat(parts.mailbox()).isNull();
        }
    }

    @Test
    void leads_to_its_own_kafka_with_a_password() throws Exception {
        Set<String> allButKafka = Set.of(EmbeddedParts.POSTGRESQL, EmbeddedParts.MAIL, EmbeddedParts.ANALYTICS);
        try (EmbeddedParts parts = new EmbeddedParts(
                new EmbeddedSettings(TestDirectories.make("parts"), 0, 0, 0, 0, 0), allButKafka)) {
            assertThat(parts.start()).containsOnlyKeys(EmbeddedParts.KAFKA, "kafka.security.protocol",
                    "kafka.sasl.mechanism", "kafka.sasl.jaas.config");
        }
    }

    @Test
    void leads_to_its_own_mailbox_with_a_password() throws Exception {
        Set<String> allButMail = Set.of(EmbeddedParts.KAFKA, EmbeddedParts.POSTGRESQL, EmbeddedParts.ANALYTICS);
        try (EmbeddedParts parts = new EmbeddedParts(
                new EmbeddedSettings(TestDirectories.make("parts"), 0, 0, 0, 0, 0), allButMail)) {
            assertThat(parts.start()).containsOnlyKeys(EmbeddedParts.MAIL, "quarkus.mailer.port",
                    "quarkus.mailer.username", "quarkus.mailer.password");
        }
    }

    @Test
    void closes_its_data_to_others_also_those_of_an_earlier_version() throws Exception {
        Path directory = TestDirectories.make("parts");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (EmbeddedParts parts = collectorOnly(directory)) {
            parts.start();

            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory))).isEqualTo("rwx------");
        }
    }

    @Test
    void does_not_run_twice_on_the_same_data() throws Exception {
        Path directory = TestDirectories.make("parts");
        try (EmbeddedParts first = collectorOnly(directory); EmbeddedParts second = collectorOnly(directory)) {
            first.start();

            assertThatThrownBy(second::start).isInstanceOf(CannotStart.class)
                    .hasMessage("Another Offstage runs on " + directory.toAbsolutePath()
                            + ": stop it, or set offstage.embedded.data-dir to another directory.");
        }
        try (EmbeddedParts third = collectorOnly(directory)) {
            assertThat(third.start()).isNotEmpty();
        }
    }

    @Test
    void says_when_the_data_directory_cannot_be_written() throws Exception {
        Path file = Files.createFile(TestDirectories.make("parts").resolve("a-file"));
        try (EmbeddedParts parts = collectorOnly(file.resolve("data"))) {
            assertThatThrownBy(parts::start).isInstanceOf(CannotStart.class)
                    .hasMessage("The data directory " + file.resolve("data").toAbsolutePath() + " cannot be written: "
                            + "make it writable, or set offstage.embedded.data-dir to another directory.");
        }
    }

    private static EmbeddedParts collectorOnly(Path directory) {
        return new EmbeddedParts(new EmbeddedSettings(directory, 0, 0, 0, 0, 0), ALL_BUT_ANALYTICS);
    }
}
