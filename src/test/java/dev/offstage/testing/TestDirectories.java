package dev.offstage.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/** Directories for the data of tests; those of earlier runs are deleted when the next run begins. */
public final class TestDirectories {

    private static final Path ALL = Path.of("target", "embedded");
    private static final Path OURS = ALL.resolve(Long.toString(ProcessHandle.current().pid()));

    static {
        try {
            deleteThoseOfEndedProcesses();
        } catch (IOException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private TestDirectories() {
    }

    /** A new and empty directory that the tests of this process have for themselves. */
    public static Path make(String name) throws IOException {
        return Files.createTempDirectory(Files.createDirectories(OURS), name);
    }

    private static void deleteThoseOfEndedProcesses() throws IOException {
        Files.createDirectories(ALL);
        Turn.at(ALL.resolve("lock"), () -> {
            try (var directories = Files.newDirectoryStream(ALL, "[0-9]*")) {
                for (Path directory : directories) {
                    if (!isOfRunningProcess(directory.getFileName().toString())) {
                        delete(directory);
                    }
                }
            }
        });
    }

    private static boolean isOfRunningProcess(String name) {
        return name.matches("\\d+") && ProcessHandle.of(Long.parseLong(name)).isPresent();
    }

    private static void delete(Path directory) throws IOException {
        List<Path> deepestFirst;
        try (var paths = Files.walk(directory)) {
            deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : deepestFirst) {
            Files.deleteIfExists(path);
        }
    }
}
