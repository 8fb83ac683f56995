package dev.offstage.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

class PortsTest {

    /** Below those that the system gives to connections, and above those that others get. */
    private static final int FIRST = 31_000;
    private static final int MANY = 4;

    /** Between the choice of a port and the start of what listens there, another process chose it, too. */
    @Test
    void a_port_that_a_process_has_is_given_to_no_other() throws Exception {
        List<Integer> ours = IntStream.range(0, MANY - 1).mapToObj(i -> Ports.free(FIRST, MANY)).toList();

        Process other = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                PortsTest.class.getName()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        List<Integer> theirs = new String(other.getInputStream().readAllBytes(), UTF_8).lines()
                .map(Integer::valueOf)
                .toList();

        assertThat(other.waitFor()).isZero();
        assertThat(ours).doesNotHaveDuplicates();
        assertThat(theirs).hasSize(1).doesNotContainAnyElementsOf(ours);
        assertThat(Ports.free(FIRST, MANY)).as("what an ended process had").isEqualTo(theirs.get(0));
        assertThatThrownBy(() -> Ports.free(FIRST, MANY)).hasMessage("All ports from 31000 to 31003 are taken.");
    }

    /** The other process: takes, and tells, all that it gets. */
    public static void main(String... arguments) {
        try {
            for (int i = 0; i < MANY; i++) {
                System.out.println(Ports.free(FIRST, MANY));
            }
        } catch (IllegalStateException e) {
            System.exit(0); // there are no more
        }
    }
}
