package dev.offstage.http;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;

/** A form that comes in chunks and does not say how long it is: reading fails where it gets too long. */
final class BoundedBody extends FilterInputStream {

    /** Of a body that is held in memory. */
    static final long LIMIT = 8 * 1024 * 1024;
    /** Of a form: its files go to the disk while they come. */
    static final long FORM_LIMIT = 21 * 1024 * 1024;
    private static final Problem TOO_LARGE = Problem.of(413, "The body is larger than 8 MiB: send a smaller one.");
    static final Problem FORM_TOO_LARGE = Problem.of(413, "The form is larger than 21 MiB: send a smaller one. A photo"
            + " may have 5 MiB, an animation or a video 20 MiB.");
    private static final String FORM = "multipart/";

    /** Reading came to the limit. */
    static final class TooLarge extends IOException {

        TooLarge() {
            super(FORM_TOO_LARGE.detail());
        }
    }

    private long left = FORM_LIMIT;

    static boolean isForm(String contentType) {
        return contentType != null && contentType.toLowerCase(Locale.ROOT).startsWith(FORM);
    }

    /** What is said of a body that is too large, by the request's Content-Type. */
    static Problem tooLarge(String contentType) {
        return isForm(contentType) ? FORM_TOO_LARGE : TOO_LARGE;
    }

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
