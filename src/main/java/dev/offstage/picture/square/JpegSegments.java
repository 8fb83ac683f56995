package dev.offstage.picture.square;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * Finds the EXIF data of a JPEG and the profile of one in shades of grey: segments before the first scan (ITU-T T.81 annex
 * B), EXIF in APP1 (EXIF 2.32 section 4.7.2), a profile in parts in APP2 (ICC.1:2022 annex B.4). The decoder applies profiles of
 * colours itself.
 */
final class JpegSegments {

    private static final byte[] EXIF = "Exif\0\0".getBytes(StandardCharsets.ISO_8859_1);
    private static final byte[] PROFILE = "ICC_PROFILE\0".getBytes(StandardCharsets.ISO_8859_1);
    private static final int APP1 = 0xe1;
    private static final int APP2 = 0xe2;
    private static final int FRAME = 0xc0;
    private static final int PROGRESSIVE_FRAME = 0xc2;
    /** Where a frame's header says how many it has. */
    private static final int COMPONENTS = 5;
    private static final int START_OF_SCAN = 0xda;
    private static final int FILL = 0xff;

    private JpegSegments() {
    }

    /** A broken file is left to the decoder, which says what is wrong. */
    static Container open(byte[] jpeg) {
        Orientation orientation = Orientation.UPRIGHT;
        ByteArrayOutputStream profile = new ByteArrayOutputStream();
        boolean grey = false;
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
                break;
            }
            if (marker == APP1 && orientation == Orientation.UPRIGHT && begins(jpeg, data, end, EXIF)) {
                orientation = Exif.orientation(jpeg, data + EXIF.length, end - data - EXIF.length);
            } else if (marker == APP2 && begins(jpeg, data, end, PROFILE) && end - data > PROFILE.length + 2) {
                int part = data + PROFILE.length + 2; // behind its number and how many there are
                profile.write(jpeg, part, end - part);
            } else if (marker >= FRAME && marker <= PROGRESSIVE_FRAME && end - data > COMPONENTS) {
                grey = jpeg[data + COMPONENTS] == 1;
            }
            at = end;
        }
        return new Container(jpeg, orientation,
                grey && profile.size() > 0 ? ColourProfile.ofGrey(profile.toByteArray()) : Optional.empty());
    }

    private static boolean begins(byte[] jpeg, int data, int end, byte[] name) {
        return end - data > name.length && Arrays.equals(jpeg, data, data + name.length, name, 0, name.length);
    }
}
