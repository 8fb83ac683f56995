package dev.offstage.picture.format;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

import javax.imageio.stream.FileImageInputStream;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * A file as it was uploaded. A small one is read from the disk once; a large one is streamed from there whenever it is needed, so that
 * many uploads at once take little memory. What reads a large one throws an {@link IOException} if the disk fails, or the file has gone
 * because its request has ended.
 */
public sealed interface UploadedFile {

    /** At most so many bytes are small. */
    int SMALL = 64 * 1024;

    /** @param file that is there as long as its request is under way */
    static UploadedFile of(Path file) throws IOException {
        long length = Files.size(file);
        return length <= SMALL ? new InMemory(Files.readAllBytes(file)) : new OnDisk(file, length);
    }

    /** In bytes. */
    long length();

    /** From its beginning; the caller closes it. */
    InputStream stream() throws IOException;

    /** For who reads pictures; the caller closes it. */
    ImageInputStream image() throws IOException;

    /** All of it, in memory. */
    byte[] bytes() throws IOException;

    /** A small one. */
    record InMemory(byte[] bytes) implements UploadedFile {

        @Override
        public long length() {
            return bytes.length;
        }

        @Override
        public InputStream stream() {
            return new ByteArrayInputStream(bytes);
        }

        @Override
        public ImageInputStream image() {
            return new MemoryCacheImageInputStream(stream());
        }
    }

    /** A large one. */
    record OnDisk(Path path, long length) implements UploadedFile {

        @Override
        public InputStream stream() throws IOException {
            return Files.newInputStream(path);
        }

        @Override
        public ImageInputStream image() throws IOException {
            return new FileImageInputStream(path.toFile());
        }

        @Override
        public byte[] bytes() throws IOException {
            return Files.readAllBytes(path);
        }
    }
}
