package dev.offstage.picture.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UploadedFileTest {

    @TempDir
    Path directory;

    @Test
    void aSmallOneIsNeededOnTheDiskOnlyOnce() throws Exception {
        Path path = withBytes(UploadedFile.SMALL);
        byte[] content = Files.readAllBytes(path);
        UploadedFile file = UploadedFile.of(path);
        Files.delete(path);

        assertThat(file).isInstanceOf(UploadedFile.InMemory.class);
        assertReads(file, content);
    }

    @Test
    void aLargeOneStaysOnTheDisk() throws Exception {
        Path path = withBytes(UploadedFile.SMALL + 1);
        UploadedFile file = UploadedFile.of(path);

        assertThat(file).isInstanceOf(UploadedFile.OnDisk.class);
        assertReads(file, Files.readAllBytes(path));
        Files.delete(path);
        assertThatThrownBy(file::stream).isInstanceOf(NoSuchFileException.class);
    }

    private static void assertReads(UploadedFile file, byte[] content) throws Exception {
        assertThat(file.length()).isEqualTo(content.length);
        assertThat(file.bytes()).isEqualTo(content);
        try (InputStream stream = file.stream()) {
            assertThat(stream.readAllBytes()).isEqualTo(content);
        }
    }

    private Path withBytes(int count) throws Exception {
        byte[] content = new byte[count];
        new Random(count).nextBytes(content);
        return Files.write(directory.resolve("photo"), content);
    }
}
