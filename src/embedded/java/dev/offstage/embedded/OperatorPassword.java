package dev.offstage.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;

/** The operator's password where none is set: made once, then kept beside the data. */
final class OperatorPassword {

    static final String SETTING = "offstage.operator.password";

    private static final int RANDOM_BYTES = 12;

    private OperatorPassword() {
    }

    /** @throws CannotStart if its file can be neither read nor written */
    static String in(Path dataDirectory) throws CannotStart {
        Path file = dataDirectory.resolve("operator-password");
        try {
            if (!Files.exists(file)) {
                make(file);
            }
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new CannotStart(
                    "The file " + file.toAbsolutePath() + " cannot be read or written: make it so, or set "
                            + SETTING + ".",
                    e);
        }
    }

    /** Closed to others before there is anything to read in it. */
    private static void make(Path file) throws IOException {
        byte[] random = new byte[RANDOM_BYTES];
        new SecureRandom().nextBytes(random);
        Path unfinished = file.resolveSibling("operator-password-unfinished");
        Files.deleteIfExists(unfinished);
        Files.createFile(unfinished);
        if (Files.getFileStore(unfinished).supportsFileAttributeView("posix")) {
            Files.setPosixFilePermissions(unfinished, PosixFilePermissions.fromString("rw-------"));
        }
        Files.writeString(unfinished, Base64.getUrlEncoder().withoutPadding().encodeToString(random));
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
