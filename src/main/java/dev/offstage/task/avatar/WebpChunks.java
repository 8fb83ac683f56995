package dev.offstage.task.avatar;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Finds the EXIF data of a WebP: a RIFF file whose chunk EXIF holds it (RFC 9649 sections 2.3 and 2.7.1.5). */
final class WebpChunks {

    private static final int FIRST_CHUNK = 12;
    private static final int EXIF = 'E' | 'X' << 8 | 'I' << 16 | 'F' << 24;

    private WebpChunks() {
    }

    /** @return upright if the file is broken or does not say */
    static Orientation orientation(byte[] webp) {
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
