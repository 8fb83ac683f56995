package dev.offstage.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;

/** A password of our own making, in a file that only its owner can read. */
final class Secret {

    private static final int RANDOM_BYTES = 18;

    private Secret() {
    }

    /** 144 random bits, in letters that need no quoting anywhere. */
    static String random() {
        byte[] random = new byte[RANDOM_BYTES];
        new SecureRandom().nextBytes(random);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    }

    /** The one in that file, which is made if it is missing. */
    static String in(Path file) throws IOException {
        if (!Files.exists(file)) {
            write(file, random());
        }
        return read(file);
    }

    /** Closed to others before there is anything to read in it, and there as a whole or not at all. */
    static void write(Path file, String text) throws IOException {
        Path unfinished = file.resolveSibling(file.getFileName() + "-unfinished");
        Files.deleteIfExists(unfinished);
        Files.createFile(unfinished);
        close(unfinished, "rw-------");
        Files.writeString(unfinished, text);
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    static String read(Path file) throws IOException {
        return Files.readString(file).strip();
    }

    /** To all but its owner, where files have owners. */
    static void close(Path path, String permissions) throws IOException {
        if (Files.getFileStore(path).supportsFileAttributeView("posix")) {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
        }
    }
}
