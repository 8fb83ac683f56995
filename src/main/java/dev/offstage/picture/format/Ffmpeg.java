package dev.offstage.picture.format;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The program ffmpeg, which decodes videos, where it is installed.
 *
 * @param path the directories where it is looked for, as the variable PATH has them
 */
public record Ffmpeg(String path) {

    /** What sets the bounds of a process before the program takes its place. */
    public static final String SHELL = "/bin/sh";

    private static final String NAME = "ffmpeg";

    /** The one that this machine has. */
    public static Ffmpeg installed() {
        return new Ffmpeg(Optional.ofNullable(System.getenv("PATH")).orElse(""));
    }

    /** Looked for at each call: who installs it need not start this process again. */
    public Optional<Path> program() {
        return Stream.of(path.split(File.pathSeparator))
                .map(directory -> Path.of(directory, NAME))
                .filter(program -> program.isAbsolute() && Files.isRegularFile(program)
                        && Files.isExecutable(program) && Files.isExecutable(Path.of(SHELL)))
                .findFirst();
    }

    /** @throws UnreadableImage if it is not installed; the message says what to do */
    public void require() throws UnreadableImage {
        if (program().isEmpty()) {
            throw new UnreadableImage(
                    "Videos cannot be read here, for the program ffmpeg is not installed where Offstage"
                            + " runs: choose a JPEG, PNG, GIF or WebP, or have it installed.");
        }
    }
}
