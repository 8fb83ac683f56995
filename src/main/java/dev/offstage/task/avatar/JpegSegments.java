package dev.offstage.task.avatar;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Finds the EXIF data of a JPEG: segments before the first scan (ITU-T T.81 annex B), EXIF in APP1 (EXIF 2.32 section
 * 4.7.2).
 */
final class JpegSegments {

    private static final byte[] EXIF = "Exif\0\0".getBytes(StandardCharsets.ISO_8859_1);
    private static final int APP1 = 0xe1;
    private static final int START_OF_SCAN = 0xda;
    private static final int FILL = 0xff;

    private JpegSegments() {
    }

    /** @return upright if the file is broken or does not say */
    static Orientation orientation(byte[] jpeg) {
        int at = 2;
        while (at + 4 <= jpeg.length && (jpeg[at] & 0xff) == FILL) {
            int marker = jpeg[at + 1] & 0xff;
            if (marker == FILL) {
                at++;
                continue;
            }
            int length = (jpeg[at + 2] & 0xff) << 8 | jpeg[at + 3] & 0xff;
            int data = at + 4;
            int end = at + 2 + length;
            if (marker == START_OF_SCAN || length < 2 || end > jpeg.length) {
                return Orientation.UPRIGHT;
            }
            if (marker == APP1 && end - data > EXIF.length
                    && Arrays.equals(jpeg, data, data + EXIF.length, EXIF, 0, EXIF.length)) {
                return Exif.orientation(jpeg, data + EXIF.length, end - data - EXIF.length);
            }
            at = end;
        }
        return Orientation.UPRIGHT;
    }
}
