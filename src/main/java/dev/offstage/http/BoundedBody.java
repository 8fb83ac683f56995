package dev.offstage.http;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A form that comes in chunks and does not say how long it is: reading fails where it gets too long. */
final class BoundedBody extends FilterInputStream {

    static final long LIMIT = 8 * 1024 * 1024;
    static final Problem TOO_LARGE = Problem.of(413,
            "The body is larger than 8 MiB: send a smaller one. A photo may have 5 MiB.");

    /** Reading came to the limit. */
    static final class TooLarge extends IOException {

        TooLarge() {
            super(TOO_LARGE.detail());
        }
    }

    private long left = LIMIT;

    BoundedBody(InputStream body) {
        super(body);
    }

    @Override
    public int read() throws IOException {
        int read = super.read();
        if (read >= 0) {
            count(1);
        }
        return read;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int read = super.read(bytes, offset, length);
        count(Math.max(0, read));
        return read;
    }

    private void count(int read) throws TooLarge {
        left -= read;
        if (left < 0) {
            throw new TooLarge();
        }
    }

    /** Closing the stream of Quarkus reads it to its end, which may be far away. */
    @Override
    public void close() throws IOException {
        if (left >= 0) {
            super.close();
        }
    }
}
