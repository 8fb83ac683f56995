package dev.offstage.picture.square;

import dev.offstage.picture.format.UnreadableImage;

/** The bits of lossless WebP, the lowest of each byte first (RFC 9649 section 3.3). */
final class LosslessBits {

    private final byte[] bytes;
    private long position;

    LosslessBits(byte[] bytes, int start) {
        this.bytes = bytes;
        this.position = 8L * start;
    }

    boolean flag() throws UnreadableImage {
        return read(1) == 1;
    }

    /**
     * @param count at most 31
     * @throws UnreadableImage behind the end
     */
    int read(int count) throws UnreadableImage {
        if (position + count > 8L * bytes.length) {
            throw broken();
        }
        int value = 0;
        for (int i = 0; i < count; i++, position++) {
            value |= (bytes[(int) (position >> 3)] >> (position & 7) & 1) << i;
        }
        return value;
    }

    static UnreadableImage broken() {
        return new UnreadableImage("The picture is broken and cannot be decoded. Upload another one.");
    }
}
