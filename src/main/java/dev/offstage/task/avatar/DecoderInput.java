package dev.offstage.task.avatar;

import java.io.InterruptedIOException;

import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStreamImpl;

/** What a decoder reads: a file in memory, until its time is over. A decoder that shows its progress is told to stop as well. */
final class DecoderInput extends ImageInputStreamImpl {

    private static final int READS_BETWEEN_LOOKS = 4096;

    private final byte[] file;
    private final DecodingTime time;
    private int reads;

    DecoderInput(byte[] file, DecodingTime time) {
        this.file = file;
        this.time = time;
    }

    /** Gives this to a reader. */
    void readBy(ImageReader reader) {
        reader.setInput(this, true, true);
        reader.addIIOReadProgressListener(new ReadProgress(() -> {
            if (time.isOver()) {
                reader.abort();
            }
        }));
    }

    @Override
    public int read() throws InterruptedIOException {
        if (++reads % READS_BETWEEN_LOOKS == 0) {
            look();
        }
        bitOffset = 0;
        return streamPos < file.length ? file[(int) streamPos++] & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws InterruptedIOException {
        look();
        bitOffset = 0;
        if (streamPos >= file.length) {
            return -1;
        }
        int count = (int) Math.min(length, file.length - streamPos);
        System.arraycopy(file, (int) streamPos, into, offset, count);
        streamPos += count;
        return count;
    }

    private void look() throws InterruptedIOException {
        if (time.isOver()) {
            throw new InterruptedIOException("the time for decoding is over");
        }
    }

    @Override
    public long length() {
        return file.length;
    }
}
