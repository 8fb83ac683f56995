package dev.offstage.picture.square;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;

import dev.offstage.picture.format.UnreadableImage;
import dev.offstage.picture.format.WebpLayout;

/**
 * Looks at what stands before the pixels of lossless WebP (RFC 9649 sections 3.5 to 3.7): transforms and prefix codes.
 * The decoder would apply as many transforms and build as many tables as a file asks for, and a few bits ask for one;
 * here each transform comes once, as the format demands, and the tables have a bound.
 */
final class LosslessWebp {

    /** Of the decoder's tables. Real files need a tenth of it. */
    static final long MOST_TABLE_BYTES = 26L * 1024 * 1024;

    private enum Transform {
        PREDICTOR, COLOUR, SUBTRACT_GREEN, PALETTE
    }

    private static final int[] ORDER_OF_LENGTHS = {17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    private static final int LITERALS = 256;
    private static final int LENGTH_PREFIXES = 24;
    private static final int DISTANCE_PREFIXES = 40;
    private static final int TABLE_BYTES = 1_100;
    private static final int SECOND_TABLE_BYTES = 560;

    private final LosslessBits bits;
    private long tableBytes;

    private LosslessWebp(LosslessBits bits) {
        this.bits = bits;
    }

    /**
     * @param layout of the file, which may have nothing of the kind
     * @throws UnreadableImage if it is broken, or asks for more than the format allows
     */
    static void check(byte[] file, WebpLayout layout) throws UnreadableImage {
        if (layout.losslessAt() > 0) {
            new LosslessWebp(new LosslessBits(file, (int) layout.losslessAt())).check(layout.width(), layout.height());
        }
    }

    private void check(int width, int height) throws UnreadableImage {
        int across = width;
        Set<Transform> seen = EnumSet.noneOf(Transform.class);
        while (bits.flag()) {
            Transform transform = Transform.values()[bits.read(2)];
            if (!seen.add(transform)) {
                throw LosslessBits.broken();
            }
            if (transform == Transform.PALETTE) {
                int colours = bits.read(8) + 1;
                walk(colours);
                across = blocks(across, colours > 16 ? 0 : colours > 4 ? 1 : colours > 2 ? 2 : 3);
            } else if (transform != Transform.SUBTRACT_GREEN) {
                int size = bits.read(3) + 2;
                walk((long) blocks(across, size) * blocks(height, size));
            }
        }
        int cache = cacheSize();
        int groups = 1;
        if (bits.flag()) {
            int size = bits.read(3) + 2;
            groups = walk((long) blocks(across, size) * blocks(height, size)) + 1;
        }
        for (int i = 0; i < groups; i++) {
            group(cache);
        }
    }

    private static int blocks(int pixels, int size) {
        return pixels + (1 << size) - 1 >> size;
    }

    /**
     * Goes through the pixels of a picture in the picture.
     *
     * @return the largest number that a pixel's red and green make; copies of pixels add none
     */
    private int walk(long pixels) throws UnreadableImage {
        int cache = cacheSize();
        PrefixCode[] group = group(cache);
        int largest = 0;
        long done = 0;
        while (done < pixels) {
            int code = group[0].read(bits);
            if (code < LITERALS) {
                largest = Math.max(largest, group[1].read(bits) << 8 | code);
                group[2].read(bits);
                group[3].read(bits);
                done++;
            } else if (code < LITERALS + LENGTH_PREFIXES) {
                done += number(code - LITERALS);
                number(group[4].read(bits));
            } else {
                done++;
            }
        }
        return largest;
    }

    private int cacheSize() throws UnreadableImage {
        if (!bits.flag()) {
            return 0;
        }
        int size = bits.read(4);
        if (size < 1 || size > 11) {
            throw LosslessBits.broken();
        }
        return 1 << size;
    }

    private long number(int prefix) throws UnreadableImage {
        if (prefix < 4) {
            return prefix + 1L;
        }
        int extra = prefix - 2 >> 1;
        return ((2L + (prefix & 1)) << extra) + bits.read(extra) + 1;
    }

    /** Green with lengths and cached colours, red, blue, transparency, distance. */
    private PrefixCode[] group(int cache) throws UnreadableImage {
        PrefixCode[] codes = {code(LITERALS + LENGTH_PREFIXES + cache), code(LITERALS), code(LITERALS), code(LITERALS),
                code(DISTANCE_PREFIXES)};
        for (PrefixCode code : codes) {
            tableBytes += TABLE_BYTES + (long) Math.min(LITERALS, code.longCodes()) * SECOND_TABLE_BYTES;
        }
        if (tableBytes > MOST_TABLE_BYTES) {
            throw new UnreadableImage("This WebP is built of too many small parts: save it anew, or as a JPEG.");
        }
        return codes;
    }

    private PrefixCode code(int symbols) throws UnreadableImage {
        byte[] lengths = new byte[symbols];
        if (bits.flag()) {
            int count = 1 + bits.read(1);
            int first = bits.read(bits.flag() ? 8 : 1);
            int second = count == 2 ? bits.read(8) : first;
            if (Math.max(first, second) >= symbols || count == 2 && first == second) {
                throw LosslessBits.broken();
            }
            lengths[first] = 1;
            lengths[second] = 1;
            return new PrefixCode(lengths);
        }
        byte[] lengthsOfLengths = new byte[ORDER_OF_LENGTHS.length];
        int count = bits.read(4) + 4;
        for (int i = 0; i < count; i++) {
            lengthsOfLengths[ORDER_OF_LENGTHS[i]] = (byte) bits.read(3);
        }
        PrefixCode code = new PrefixCode(lengthsOfLengths);
        int left = symbols;
        if (bits.flag()) {
            left = bits.read(2 + 2 * bits.read(3)) + 2;
        }
        byte last = 8;
        for (int i = 0; i < symbols && left > 0; left--) {
            int length = code.read(bits);
            if (length < 16) {
                lengths[i++] = (byte) length;
                last = length == 0 ? last : (byte) length;
            } else {
                int times = length == 16 ? 3 + bits.read(2) : length == 17 ? 3 + bits.read(3) : 11 + bits.read(7);
                if (i + times > symbols) {
                    throw LosslessBits.broken();
                }
                Arrays.fill(lengths, i, i + times, length == 16 ? last : 0);
                i += times;
            }
        }
        return new PrefixCode(lengths);
    }
}
