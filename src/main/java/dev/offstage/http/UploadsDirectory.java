package dev.offstage.http;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;

import jakarta.inject.Singleton;

import org.eclipse.microprofile.config.inject.ConfigProperty;

import io.quarkus.runtime.Startup;
import io.quarkus.runtime.configuration.ConfigurationException;

/**
 * Keeps uploads from other users of the machine. By default their directory is in the one for temporary files, where another
 * user could have made it first.
 */
@Singleton
@Startup
class UploadsDirectory {

    private static final String SETTING = "quarkus.http.body.uploads-directory";

    private final Path path;

    UploadsDirectory(@ConfigProperty(name = SETTING) Path directory) {
        prepare(directory);
        this.path = directory;
    }

    /** A directory that exists and belongs to this process' user alone. */
    Path path() {
        return path;
    }

    /** @throws ConfigurationException if it cannot be made, or is somebody else's */
    static void prepare(Path directory) {
        try {
            Files.createDirectories(directory);
            if (!Files.getFileStore(directory).supportsFileAttributeView("posix")) {
                return;
            }
            UserPrincipal owner = Files.getOwner(directory, LinkOption.NOFOLLOW_LINKS);
            if (!owner.equals(ourselves()) || !owner.equals(Files.getOwner(directory))) {
                throw new ConfigurationException(
                        "The directory for uploads, " + directory + ", belongs to " + owner.getName()
                                + ": set " + SETTING + " to one of your own.");
            }
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        } catch (IOException e) {
            throw new ConfigurationException(
                    "The directory for uploads, " + directory + ", cannot be made: set " + SETTING
                            + " to one that can be.",
                    e);
        }
    }

    /** The owner of new files. Asked by making one, for the user of a container need not have a name. */
    private static UserPrincipal ourselves() throws IOException {
        Path ours = Files.createTempFile("offstage", null);
        try {
            return Files.getOwner(ours);
        } finally {
            Files.delete(ours);
        }
    }
}
