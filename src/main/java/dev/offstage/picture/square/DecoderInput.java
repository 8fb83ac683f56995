package dev.offstage.picture.square;

import java.io.InterruptedIOException;

import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStreamImpl;

/** What a decoder reads: a file in memory, until its time is over. A decoder that shows its progress is told to stop as well. */
final class DecoderInput extends ImageInputStreamImpl {

    private static final int BYTES_BETWEEN_LOOKS = 4096;

    private final byte[] file;
    private final DecodingTime time;
    /** Begins so that the first bytes are looked at. */
    private long unseen = BYTES_BETWEEN_LOOKS;

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
        look(1);
        bitOffset = 0;
        return streamPos < file.length ? file[(int) streamPos++] & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws InterruptedIOException {
        look(length);
        bitOffset = 0;
        if (streamPos >= file.length) {
            return -1;
        }
        int count = (int) Math.min(length, file.length - streamPos);
        System.arraycopy(file, (int) streamPos, into, offset, count);
        streamPos += count;
        return count;
    }

    /** Asking for the time costs as much as decoding many pixels, and WebP is read in eights. */
    private void look(int bytes) throws InterruptedIOException {
        unseen += bytes;
        if (unseen >= BYTES_BETWEEN_LOOKS) {
            unseen = 0;
            if (time.isOver()) {
                unseen = BYTES_BETWEEN_LOOKS; // a decoder that goes on in spite of it is told again
                throw new InterruptedIOException("the time for decoding is over");
            }
        }
    }

    @Override
    public long length() {
        return file.length;
    }
}
