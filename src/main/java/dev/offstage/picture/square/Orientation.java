package dev.offstage.picture.square;

import java.awt.image.BufferedImage;

/** How a camera was held, in the order of the EXIF tag Orientation (0x0112, values 1 to 8; EXIF 2.32 section 4.6.4). */
enum Orientation {

    UPRIGHT, MIRRORED, UPSIDE_DOWN, MIRRORED_UPSIDE_DOWN, TRANSPOSED, TURNED_LEFT, TRANSVERSED, TURNED_RIGHT;

    /** @return upright for a value that EXIF does not know, as browsers do */
    static Orientation ofExif(int value) {
        return value >= 1 && value <= values().length ? values()[value - 1] : UPRIGHT;
    }

    /** @param square as stored; of a type that holds sRGB */
    BufferedImage setUpright(BufferedImage square) {
        if (this == UPRIGHT) {
            return square;
        }
        int side = square.getWidth();
        int[] stored = square.getRGB(0, 0, side, side, null, 0, side);
        int[] upright = new int[stored.length];
        int last = side - 1;
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                upright[y * side + x] = switch (this) {
                    case UPRIGHT -> stored[y * side + x];
                    case MIRRORED -> stored[y * side + last - x];
                    case UPSIDE_DOWN -> stored[(last - y) * side + last - x];
                    case MIRRORED_UPSIDE_DOWN -> stored[(last - y) * side + x];
                    case TRANSPOSED -> stored[x * side + y];
                    case TURNED_LEFT -> stored[(last - x) * side + y];
                    case TRANSVERSED -> stored[(last - x) * side + last - y];
                    case TURNED_RIGHT -> stored[x * side + last - y];
                };
            }
        }
        BufferedImage result = new BufferedImage(side, side, BufferedImage.TYPE_INT_ARGB);
        result.setRGB(0, 0, side, side, upright, 0, side);
        return result;
    }
}
