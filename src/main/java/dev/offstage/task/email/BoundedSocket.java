package dev.offstage.task.email;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;

/** A socket from which no more than a bound can be read until it is told to count anew. */
final class BoundedSocket extends Socket {

    static final int MOST_SAID_PER_MAIL = 256 * 1024;

    private volatile int left = MOST_SAID_PER_MAIL;

    /** Counts anew: another mail begins. */
    void restart() {
        left = MOST_SAID_PER_MAIL;
    }

    @Override
    public InputStream getInputStream() throws IOException {
        return new FilterInputStream(super.getInputStream()) {
            @Override
            public int read() throws IOException {
                int read = super.read();
                count(read < 0 ? 0 : 1);
                return read;
            }

            @Override
            public int read(byte[] into, int from, int length) throws IOException {
                int read = super.read(into, from, length);
                count(Math.max(0, read));
                return read;
            }
        };
    }

    /** Only the thread that reads calls this, and only between two mails is it told to count anew. */
    private void count(int bytes) throws IOException {
        left -= bytes;
        if (left < 0) {
            throw new IOException("the mail server said more than " + MOST_SAID_PER_MAIL + " bytes to one mail");
        }
    }
}
