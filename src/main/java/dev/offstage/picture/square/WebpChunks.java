package dev.offstage.picture.square;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Finds the EXIF data of a WebP: a RIFF file whose chunk EXIF holds it (RFC 9649 sections 2.3 and 2.7.1.5). */
final class WebpChunks {

    private static final int FIRST_CHUNK = 12;
    private static final int FLAGS = FIRST_CHUNK + 8;
    private static final int HAS_PROFILE = 0x20;
    private static final int PROFILE = FIRST_CHUNK + 18;
    private static final int EXIF = 'E' | 'X' << 8 | 'I' << 16 | 'F' << 24;

    private WebpChunks() {
    }

    /**
     * A profile of grey, which a WebP is not, is hidden from the decoder, which would fail: browsers leave it aside, too.
     */
    static Container open(byte[] webp) {
        byte[] picture = webp;
        if (webp.length > FLAGS && webp[FIRST_CHUNK + 3] == 'X' && (webp[FLAGS] & HAS_PROFILE) != 0
                && !hasColours(webp)) {
            picture = webp.clone();
            picture[FLAGS] &= ~HAS_PROFILE;
        }
        return new Container(picture, orientation(webp), Optional.empty());
    }

    /** The profile comes first (RFC 9649 section 2.7); the letters of what it describes are at its byte 16. */
    private static boolean hasColours(byte[] webp) {
        int colours = PROFILE + 8 + 16;
        return webp.length >= colours + 4
                && new String(webp, colours, 4, StandardCharsets.ISO_8859_1).equals("RGB ");
    }

    /** @return upright if the file is broken or does not say */
    private static Orientation orientation(byte[] webp) {
        ByteBuffer file = ByteBuffer.wrap(webp).order(ByteOrder.LITTLE_ENDIAN);
        long at = FIRST_CHUNK;
        while (at + 8 <= webp.length) {
            long length = Integer.toUnsignedLong(file.getInt((int) at + 4));
            if (at + 8 + length > webp.length) {
                return Orientation.UPRIGHT;
            }
            if (file.getInt((int) at) == EXIF) {
                return Exif.orientation(webp, (int) at + 8, (int) length);
            }
            at += 8 + length + (length & 1);
        }
        return Orientation.UPRIGHT;
    }
}
