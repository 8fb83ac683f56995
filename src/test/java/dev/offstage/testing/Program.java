package dev.offstage.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Programs of other people, which read what Offstage has written. */
public final class Program {

    private static final int PATIENCE_SECONDS = 30;

    private Program() {
    }

    /** Whether the machine has all of these. */
    public static boolean areInstalled(String... names) {
        List<String> directories = List
                .of(Optional.ofNullable(System.getenv("PATH")).orElse("").split(File.pathSeparator));
        return Stream.of(names)
                .allMatch(name -> directories.stream().anyMatch(directory -> new File(directory, name).canExecute()));
    }

    /** What it prints; fails if it is not content. */
    public static String output(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), UTF_8);
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).as(command[0] + " ends").isTrue();
            assertThat(process.exitValue()).as(output).isZero();
            return output;
        } finally {
            process.destroyForcibly();
        }
    }
}
