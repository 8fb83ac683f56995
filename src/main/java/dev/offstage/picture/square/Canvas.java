package dev.offstage.picture.square;

import java.awt.Point;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.IOException;

import dev.offstage.picture.format.DecodingCost;
import dev.offstage.picture.format.ImageHeader;
import dev.offstage.picture.format.WebpLayout;

import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;

/**
 * Where a picture's pixels stand: on all of it, or, for the first frame of an animated WebP, on a part; the rest is
 * transparent (RFC 9649 section 2.7.1).
 *
 * @param width in pixels
 * @param height in pixels
 * @param frame where the pixels are
 */
record Canvas(int width, int height, Rectangle frame) {

    static Canvas of(ImageHeader header) {
        return new Canvas(header.width(), header.height(), new Rectangle(header.width(), header.height()));
    }

    static Canvas of(WebpLayout webp) {
        return new Canvas(webp.canvasWidth(), webp.canvasHeight(),
                new Rectangle(webp.x(), webp.y(), webp.width(), webp.height()));
    }

    /**
     * Decodes the centred square, or every so many of its pixels; turning the picture upright later does not move it.
     *
     * @param reader of the frame
     */
    BufferedImage middle(ImageReader reader) throws IOException {
        int side = Math.min(width, height);
        int step = DecodingCost.step(side);
        int taken = (side + step - 1) / step;
        Point corner = new Point((width - side) / 2, (height - side) / 2);
        Rectangle part = new Rectangle(taken, taken).intersection(new Rectangle(
                first(frame.x - corner.x, step), first(frame.y - corner.y, step),
                first(frame.x + frame.width - corner.x, step) - first(frame.x - corner.x, step),
                first(frame.y + frame.height - corner.y, step) - first(frame.y - corner.y, step)));
        if (part.isEmpty()) {
            return new BufferedImage(taken, taken, BufferedImage.TYPE_INT_ARGB);
        }
        ImageReadParam wanted = reader.getDefaultReadParam();
        wanted.setSourceRegion(new Rectangle(corner.x + part.x * step - frame.x, corner.y + part.y * step - frame.y,
                (part.width - 1) * step + 1, (part.height - 1) * step + 1));
        wanted.setSourceSubsampling(step, step, 0, 0);
        BufferedImage decoded = reader.read(0, wanted);
        return part.width == taken && part.height == taken ? decoded : placed(Srgb.of(decoded), part, taken);
    }

    /** The first of every so many pixels that is not before this one. */
    private static int first(int pixel, int step) {
        return Math.floorDiv(pixel + step - 1, step);
    }

    private static BufferedImage placed(BufferedImage decoded, Rectangle part, int side) {
        BufferedImage square = new BufferedImage(side, side, BufferedImage.TYPE_INT_ARGB);
        int[] row = new int[part.width];
        for (int y = 0; y < part.height; y++) {
            decoded.getRGB(0, y, part.width, 1, row, 0, part.width);
            square.setRGB(part.x, part.y + y, part.width, 1, row, 0, part.width);
        }
        return square;
    }
}
