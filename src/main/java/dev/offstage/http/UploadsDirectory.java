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
 * Keeps other users of the machine from what is uploaded, and from where it goes: by default that is a directory among those of all,
 * which somebody else could have made first.
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

    /** It is there, and nobody else's. */
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

    /** Whose new files are; a user of a container need not have a name. */
    private static UserPrincipal ourselves() throws IOException {
        Path ours = Files.createTempFile("offstage", null);
        try {
            return Files.getOwner(ours);
        } finally {
            Files.delete(ours);
        }
    }
}
