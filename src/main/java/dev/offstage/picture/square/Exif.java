package dev.offstage.picture.square;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads the orientation out of EXIF data, which is a TIFF file (TIFF 6.0 section 2): nothing else of it is looked at.
 */
final class Exif {

    private static final int LITTLE_ENDIAN = 0x4949;
    private static final int BIG_ENDIAN = 0x4d4d;
    private static final int ORIENTATION = 0x0112;
    private static final int SHORT = 3;
    private static final int ENTRY_LENGTH = 12;

    private Exif() {
    }

    /** @return upright if the data is broken or does not say */
    static Orientation orientation(byte[] data, int offset, int length) {
        ByteBuffer tiff = ByteBuffer.wrap(data, offset, length).slice();
        if (length < 8) {
            return Orientation.UPRIGHT;
        }
        int order = tiff.getShort(0);
        if (order != LITTLE_ENDIAN && order != BIG_ENDIAN) {
            return Orientation.UPRIGHT;
        }
        tiff.order(order == LITTLE_ENDIAN ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        long directory = Integer.toUnsignedLong(tiff.getInt(4));
        if (directory + 2 > length) {
            return Orientation.UPRIGHT;
        }
        int entries = Short.toUnsignedInt(tiff.getShort((int) directory));
        long entry = directory + 2;
        for (int i = 0; i < entries && entry + ENTRY_LENGTH <= length; i++, entry += ENTRY_LENGTH) {
            int at = (int) entry;
            if (Short.toUnsignedInt(tiff.getShort(at)) == ORIENTATION && tiff.getShort(at + 2) == SHORT) {
                return Orientation.ofExif(Short.toUnsignedInt(tiff.getShort(at + 8)));
            }
        }
        return Orientation.UPRIGHT;
    }
}
