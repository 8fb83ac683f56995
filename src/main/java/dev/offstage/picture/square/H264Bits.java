package dev.offstage.picture.square;

import java.util.Arrays;

/**
 * Reads the bits of an H.264 parameter set or slice header (ITU-T H.264 sections 7.2 and 9.1). Reading past the end
 * fails with an {@link ArrayIndexOutOfBoundsException}.
 */
final class H264Bits {

    private final byte[] bytes;
    private int position;

    /** @param unescaped without emulation prevention bytes */
    H264Bits(byte[] unescaped) {
        this.bytes = unescaped;
    }

    /** Takes out the 3 of each 0, 0, 3 (section 7.4.1.1). */
    static byte[] unescaped(byte[] escaped) {
        byte[] result = new byte[escaped.length];
        int length = 0;
        int zeros = 0;
        for (byte next : escaped) {
            if (zeros >= 2 && next == 3) {
                zeros = 0;
                continue;
            }
            zeros = next == 0 ? zeros + 1 : 0;
            result[length++] = next;
        }
        return Arrays.copyOf(result, length);
    }

    int position() {
        return position;
    }

    boolean flag() {
        return bits(1) == 1;
    }

    /** @param count at most 31 */
    int bits(int count) {
        int value = 0;
        for (int i = 0; i < count; i++, position++) {
            value = value << 1 | bytes[position >> 3] >> 7 - (position & 7) & 1;
        }
        return value;
    }

    /**
     * ue(v), of which none here may be larger than 16 bits.
     *
     * @throws IllegalArgumentException if it is
     */
    int unsigned() {
        int zeros = 0;
        while (!flag()) {
            if (++zeros > 16) {
                throw new IllegalArgumentException("a number is too large");
            }
        }
        return (1 << zeros) - 1 + bits(zeros);
    }

    /** se(v), which may have 32 bits; skipped. */
    void skipSigned() {
        int zeros = 0;
        while (!flag()) {
            if (++zeros > 32) {
                throw new IllegalArgumentException("a number is too large");
            }
        }
        position += zeros;
    }

    /** se(v) of a few bits. */
    int signed() {
        int code = unsigned();
        return (code & 1) == 1 ? (code + 1) / 2 : -code / 2;
    }

    /** What was read so far, and then a bit 0, the stop bit 1 and zeros: a parameter set that ends with a flag that is off. */
    byte[] readSoFarThenOff() {
        byte[] result = Arrays.copyOf(bytes, (position + 2 >> 3) + 1);
        for (int bit = position; bit < result.length * 8; bit++) {
            result[bit >> 3] &= (byte) ~(0x80 >> (bit & 7));
        }
        int stop = position + 1;
        result[stop >> 3] |= (byte) (0x80 >> (stop & 7));
        return result;
    }
}
