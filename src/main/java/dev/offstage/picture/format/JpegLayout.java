package dev.offstage.picture.format;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * How a JPEG is built: its markers are walked through (ITU-T T.81 annex B) and no coefficient is decoded.
 *
 * @param components grey has 1, colours have 3, those for print 4
 * @param decoderBytes what the decoder keeps beside the heap: all coefficients of a picture in several scans, some rows of
 * one that comes in a single scan
 * @param profile is there a colour profile?
 */
record JpegLayout(int components, long decoderBytes, boolean profile) {

    /** The advice of libjpeg-turbo's authors; real progressive pictures have about ten. */
    static final int MOST_SCANS = 500;
    /** Each scan goes over all pixels, however few bytes it has: half a nanosecond for each of them. */
    static final long MOST_SCANNED_PIXELS = 2_500_000_000L;

    private static final int BLOCK = 64;
    private static final int COEFFICIENT_BYTES = 2;
    private static final byte[] PROFILE = "ICC_PROFILE\0".getBytes(StandardCharsets.ISO_8859_1);
    private static final int BUFFER = 64 * 1024;

    /**
     * @param jpeg from its beginning; not closed
     * @throws UnreadableImage if it is of a kind that is not decoded here, broken, or in too many scans
     * @throws IOException if reading it fails
     */
    static JpegLayout read(InputStream jpeg) throws IOException, UnreadableImage {
        return new Walk(new DataInputStream(new BufferedInputStream(jpeg, BUFFER))).layout();
    }

    /** One way through the markers of a file. */
    private static final class Walk {

        private final DataInputStream jpeg;
        private boolean progressive;
        private int width;
        private int height;
        private int[] sampling = {};
        private boolean inParts;
        private boolean profile;
        private int scans;

        Walk(DataInputStream jpeg) {
            this.jpeg = jpeg;
        }

        JpegLayout layout() throws IOException, UnreadableImage {
            try {
                walk();
            } catch (EOFException breaksOff) {
                // What is there is decoded, or refused by the decoder.
            }
            if (sampling.length == 0 || scans == 0) {
                throw broken();
            }
            return new JpegLayout(sampling.length, decoderBytes(), profile);
        }

        private void walk() throws IOException, UnreadableImage {
            while (true) {
                int marker = marker();
                if (marker == 0xd9) { // end of image
                    return;
                }
                boolean alone = marker >= 0xd0 && marker <= 0xd8 || marker == 0x01;
                if (!alone) {
                    segment(marker, jpeg.readUnsignedShort() - 2);
                }
            }
        }

        /** As decoders do: what is no marker is skipped. */
        private int marker() throws IOException {
            int marker = 0;
            while (marker == 0 || marker == 0xff) {
                while (marker != 0xff) {
                    marker = jpeg.readUnsignedByte();
                }
                marker = jpeg.readUnsignedByte();
            }
            return marker;
        }

        private void segment(int marker, int length) throws IOException, UnreadableImage {
            if (length < 0) {
                throw broken();
            }
            int left = length;
            if (marker == 0xda) {
                left -= scan(length);
            } else if (marker == 0xe2 && length > PROFILE.length) {
                byte[] name = jpeg.readNBytes(PROFILE.length);
                profile |= Arrays.equals(name, PROFILE);
                left -= name.length;
            } else if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
                left -= frame(marker - 0xc0, length);
            }
            jpeg.skipNBytes(left);
        }

        private int frame(int kind, int length) throws IOException, UnreadableImage {
            if (kind > 2) {
                throw new UnreadableImage("This JPEG is of a rare kind (SOF" + kind
                        + ") that browsers do not show either: save it as an ordinary JPEG.");
            }
            if (sampling.length > 0 || length < 6) {
                throw broken();
            }
            progressive = kind == 2;
            jpeg.readUnsignedByte(); // bits of a sample
            height = jpeg.readUnsignedShort();
            width = jpeg.readUnsignedShort();
            int components = jpeg.readUnsignedByte();
            if (components < 1 || components > 4 || length < 6 + 3 * components) {
                throw broken();
            }
            sampling = new int[components];
            for (int i = 0; i < components; i++) {
                jpeg.readUnsignedByte();
                sampling[i] = jpeg.readUnsignedByte();
                jpeg.readUnsignedByte();
            }
            return 6 + 3 * components;
        }

        private int scan(int length) throws IOException, UnreadableImage {
            scans++;
            long pixels = (long) width * height;
            if (scans > MOST_SCANS || scans * pixels > MOST_SCANNED_PIXELS) {
                throw new UnreadableImage("This JPEG has more scans than its size allows: at most " + MOST_SCANS
                        + ", and " + MOST_SCANNED_PIXELS / 1_000_000 + " million pixels in all of them together."
                        + " Save it as an ordinary JPEG.");
            }
            if (length < 1) {
                return 0;
            }
            inParts |= jpeg.readUnsignedByte() < sampling.length;
            return 1;
        }

        private long decoderBytes() throws UnreadableImage {
            int widest = 1;
            int tallest = 1;
            for (int factors : sampling) {
                if (factors >> 4 < 1 || factors >> 4 > 4 || (factors & 15) < 1 || (factors & 15) > 4) {
                    throw broken();
                }
                widest = Math.max(widest, factors >> 4);
                tallest = Math.max(tallest, factors & 15);
            }
            long across = (width + 8L * widest - 1) / (8 * widest);
            long down = progressive || inParts || scans > 1 ? (height + 8L * tallest - 1) / (8 * tallest) : 4;
            long blocks = 0;
            for (int factors : sampling) {
                blocks += across * (factors >> 4) * down * (factors & 15);
            }
            return blocks * BLOCK * COEFFICIENT_BYTES;
        }

        private static UnreadableImage broken() {
            return new UnreadableImage("This JPEG is broken. " + AvatarLimits.WHAT_IS_READ);
        }
    }
}
