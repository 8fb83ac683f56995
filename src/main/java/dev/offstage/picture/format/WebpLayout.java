package dev.offstage.picture.format;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * How a WebP is built: its chunks are walked through (RFC 9649 section 2) up to the end of the first frame, and no pixel is
 * decoded. A decoder would decode each chunk that holds pixels, of whatever size it says it is; here there is one, of the
 * size that the file has said before.
 *
 * @param canvasWidth of the whole picture, in pixels
 * @param canvasHeight of the whole picture, in pixels
 * @param x where the first frame stands on the canvas
 * @param y where the first frame stands on the canvas
 * @param width of the first frame, in pixels
 * @param height of the first frame, in pixels
 * @param animated are there frames?
 * @param lossy are its colours?
 * @param losslessAt where what is compressed without loss begins in the file, colours or transparency, behind its own
 * header; 0 if nothing is
 */
public record WebpLayout(int canvasWidth, int canvasHeight, int x, int y, int width, int height, boolean animated,
        boolean lossy, long losslessAt) {

    private static final int ALPHA = fourCc("ALPH");
    private static final int LOSSY = fourCc("VP8 ");
    private static final int LOSSLESS = fourCc("VP8L");
    private static final int EXTENDED = fourCc("VP8X");
    private static final int FRAME = fourCc("ANMF");
    private static final int ANIMATION = 0x02;

    /** @throws UnreadableImage if it is broken */
    public static WebpLayout read(byte[] webp) throws UnreadableImage {
        try {
            return read(new ByteArrayInputStream(webp));
        } catch (IOException e) {
            throw new UncheckedIOException("A picture was read from memory, and that failed.", e);
        }
    }

    /**
     * @param webp from its beginning; not closed
     * @throws UnreadableImage if it is broken
     * @throws IOException if reading it fails
     */
    static WebpLayout read(InputStream webp) throws IOException, UnreadableImage {
        try {
            return new Walk(new DataInputStream(new BufferedInputStream(webp))).layout();
        } catch (EOFException e) {
            throw broken();
        }
    }

    private static int fourCc(String letters) {
        return letters.charAt(0) | letters.charAt(1) << 8 | letters.charAt(2) << 16 | letters.charAt(3) << 24;
    }

    private static UnreadableImage broken() {
        return new UnreadableImage("This WebP is broken. " + AvatarLimits.WHAT_IS_READ);
    }

    /** One way through the chunks of a file. */
    private static final class Walk {

        private final DataInputStream webp;
        private long at;
        private int canvasWidth;
        private int canvasHeight;
        private int x;
        private int y;
        private int width;
        private int height;
        private boolean animated;
        private boolean lossy;
        private boolean alpha;
        private boolean pixels;
        private long losslessAt;

        Walk(DataInputStream webp) {
            this.webp = webp;
        }

        WebpLayout layout() throws IOException, UnreadableImage {
            skip(12);
            int first = littleEndian(4);
            long length = unsigned(littleEndian(4));
            if (first == EXTENDED) {
                extended(length);
            } else {
                pixels(first);
            }
            return new WebpLayout(canvasWidth, canvasHeight, x, y, width, height, animated, lossy, losslessAt);
        }

        private void extended(long length) throws IOException, UnreadableImage {
            animated = (littleEndian(4) & ANIMATION) != 0;
            canvasWidth = littleEndian(3) + 1;
            canvasHeight = littleEndian(3) + 1;
            width = canvasWidth;
            height = canvasHeight;
            skip(padded(length) - 10);
            if (animated) {
                long end = firstFrame();
                chunks(end);
            } else {
                chunks(Long.MAX_VALUE);
            }
            if (!pixels) {
                throw broken();
            }
        }

        /** @return where it ends */
        private long firstFrame() throws IOException, UnreadableImage {
            while (true) {
                int type = littleEndian(4);
                long length = unsigned(littleEndian(4));
                if (type == FRAME) {
                    long end = at + length;
                    x = 2 * littleEndian(3);
                    y = 2 * littleEndian(3);
                    width = littleEndian(3) + 1;
                    height = littleEndian(3) + 1;
                    skip(4);
                    if (x + (long) width > canvasWidth || y + (long) height > canvasHeight) {
                        throw broken();
                    }
                    return end;
                }
                skip(padded(length));
            }
        }

        /** A file may end between two chunks. */
        private void chunks(long end) throws IOException, UnreadableImage {
            while (at < end) {
                int type;
                try {
                    type = littleEndian(4);
                } catch (EOFException e) {
                    return;
                }
                long next = at + 4 + padded(unsigned(littleEndian(4)));
                if (type == ALPHA) {
                    alpha();
                } else if (type == LOSSY || type == LOSSLESS) {
                    pixels(type);
                }
                if (next > end || next < at) {
                    throw broken();
                }
                try {
                    skip(next - at);
                } catch (EOFException e) {
                    return;
                }
            }
        }

        private void alpha() throws IOException, UnreadableImage {
            if (alpha || pixels) {
                throw broken();
            }
            alpha = true;
            if ((littleEndian(1) & 3) == 1) {
                losslessAt = at;
            }
        }

        private void pixels(int type) throws IOException, UnreadableImage {
            if (pixels) {
                throw broken();
            }
            pixels = true;
            if (type == LOSSY) {
                lossy = true;
                skip(6);
                size(littleEndian(2) & 0x3fff, littleEndian(2) & 0x3fff);
            } else if (type == LOSSLESS) {
                if (alpha) {
                    throw broken();
                }
                skip(1);
                int size = littleEndian(4);
                size((size & 0x3fff) + 1, (size >> 14 & 0x3fff) + 1);
                losslessAt = at;
            } else {
                throw broken();
            }
        }

        private void size(int itsWidth, int itsHeight) throws UnreadableImage {
            if (canvasWidth == 0) {
                canvasWidth = itsWidth;
                canvasHeight = itsHeight;
                width = itsWidth;
                height = itsHeight;
            }
            if (itsWidth != width || itsHeight != height) {
                throw broken();
            }
        }

        private int littleEndian(int bytes) throws IOException {
            int value = 0;
            for (int i = 0; i < bytes; i++) {
                value |= webp.readUnsignedByte() << 8 * i;
            }
            at += bytes;
            return value;
        }

        private void skip(long bytes) throws IOException, UnreadableImage {
            if (bytes < 0) {
                throw broken();
            }
            webp.skipNBytes(bytes);
            at += bytes;
        }

        private static long unsigned(int length) {
            return Integer.toUnsignedLong(length);
        }

        private static long padded(long length) {
            return length + (length & 1);
        }
    }
}
