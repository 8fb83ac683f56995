package dev.offstage.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileOwnerAttributeView;
import java.nio.file.attribute.PosixFilePermissions;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.quarkus.runtime.configuration.ConfigurationException;

class UploadsDirectoryTest {

    @TempDir
    Path parent;

    @Test
    void isClosedToOthersNewOrOld() throws IOException {
        Path old = Files.createDirectory(parent.resolve("old"));
        Files.setPosixFilePermissions(old, PosixFilePermissions.fromString("rwxr-xr-x"));
        for (Path directory : new Path[]{parent.resolve("new"), old}) {
            UploadsDirectory.prepare(directory);

            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory))).isEqualTo("rwx------");
        }
    }

    @Test
    void isNotSomebodyElses() throws IOException {
        Path directory = Files.createDirectory(parent.resolve("theirs"));
        give(directory);

        assertThatThrownBy(() -> UploadsDirectory.prepare(directory)).isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("belongs to nobody")
                .hasMessageContaining("uploads-directory");
    }

    @Test
    void isNoLinkOfSomebodyElses() throws IOException {
        Path ours = Files.createDirectory(parent.resolve("ours"));
        Path link = Files.createSymbolicLink(parent.resolve("link"), ours);
        give(link);

        assertThatThrownBy(() -> UploadsDirectory.prepare(link)).isInstanceOf(ConfigurationException.class);
    }

    private static void give(Path path) throws IOException {
        assumeTrue(System.getProperty("user.name").equals("root"), "only root gives files away");
        Files.getFileAttributeView(path, FileOwnerAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .setOwner(path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody"));
    }
}
