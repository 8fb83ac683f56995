package dev.offstage.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A form on the disk, which is opened by the thread that reads it: the one that gets the request may not wait. */
final class FormFile extends InputStream {

    private final Path path;
    private InputStream opened;

    FormFile(Path path) {
        this.path = path;
    }

    private InputStream in() throws IOException {
        if (opened == null) {
            opened = Files.newInputStream(path);
        }
        return opened;
    }

    @Override
    public int read() throws IOException {
        return in().read();
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        return in().read(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
        if (opened != null) {
            opened.close();
        }
    }
}
