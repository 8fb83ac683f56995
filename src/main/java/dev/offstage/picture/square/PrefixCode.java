package dev.offstage.picture.square;

import dev.offstage.picture.format.UnreadableImage;

/** A canonical prefix code, given by the lengths of its codes (RFC 9649 section 3.7.2.1, RFC 1951 section 3.2.2). */
final class PrefixCode {

    private static final int LONGEST = 15;
    /** Longer codes stand in a second table of the decoder's. */
    private static final int SHORT = 8;

    private final int[] counts = new int[LONGEST + 1];
    private final int[] symbols;
    private final int longCodes;

    /**
     * @param lengths in bits, by symbol; 0 where there is none
     * @throws UnreadableImage if there would be codes without a symbol, or symbols without a code
     */
    PrefixCode(byte[] lengths) throws UnreadableImage {
        int used = 0;
        for (byte length : lengths) {
            counts[length]++;
            used += length == 0 ? 0 : 1;
        }
        if (used == 0) {
            throw LosslessBits.broken();
        }
        counts[0] = 0;
        int[] next = new int[LONGEST + 2];
        int far = 0;
        int room = 1 << LONGEST;
        for (int length = 1; length <= LONGEST; length++) {
            next[length + 1] = next[length] + counts[length];
            far += length > SHORT ? counts[length] : 0;
            room -= counts[length] << LONGEST - length;
        }
        if (used > 1 && room != 0) {
            throw LosslessBits.broken();
        }
        longCodes = far;
        symbols = new int[used];
        for (int symbol = 0; symbol < lengths.length; symbol++) {
            if (lengths[symbol] != 0) {
                symbols[next[lengths[symbol]]++] = symbol;
            }
        }
    }

    int longCodes() {
        return longCodes;
    }

    /** A code that has one symbol only takes no bits. */
    int read(LosslessBits bits) throws UnreadableImage {
        if (symbols.length == 1) {
            return symbols[0];
        }
        int code = 0;
        int first = 0;
        int index = 0;
        for (int length = 1; length <= LONGEST; length++) {
            code |= bits.read(1);
            if (code - counts[length] < first) {
                return symbols[index + code - first];
            }
            index += counts[length];
            first = first + counts[length] << 1;
            code <<= 1;
        }
        throw LosslessBits.broken();
    }
}
