package dev.offstage.http;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.channels.ClosedChannelException;

/**
 * Writes no faster than the peer reads. What a thread writes is handed to the event loop of the connection, which may be behind: whether
 * its queue is full is known too late.
 */
final class PacedOutput extends FilterOutputStream {

    private static final int PART = 16 * 1024;
    private static final int MOST_UNDER_WAY = 64 * 1024;

    private final Answers answers;
    private final long before;
    private long written;

    PacedOutput(OutputStream out, Peer peer) {
        super(out);
        this.answers = peer.answers();
        this.before = answers.gone();
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        int end = offset + length;
        for (int at = offset; at < end; at += PART) {
            int part = Math.min(PART, end - at);
            awaitRoom();
            out.write(bytes, at, part);
            written += part;
        }
    }

    /** One that does not read at all is cut off by {@link Peer}. */
    private void awaitRoom() throws IOException {
        try {
            if (!answers.awaitGone(before + written - MOST_UNDER_WAY)) {
                throw new ClosedChannelException();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("Interrupted while a caller reads");
        }
    }
}
