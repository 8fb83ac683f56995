package dev.offstage.picture.square;

import java.awt.image.BufferedImage;

import org.jcodec.common.model.Picture;

/**
 * What the samples Y, Cb and Cr of a video mean in RGB (ITU-R BT.601, BT.709 and BT.2020; the numbers of the matrices are
 * those of ITU-T H.264 table E-5). The curve of brightness is taken to be that of sRGB, as browsers do.
 *
 * @param red the weight of red in Y
 * @param blue the weight of blue in Y
 * @param fullRange samples from 0 to 255; otherwise Y from 16 to 235 and colours from 16 to 240
 */
record YuvColors(double red, double blue, boolean fullRange) {

    static final int UNSPECIFIED = 2;

    private static final int BT_709 = 1;
    private static final int FCC = 4;
    private static final int BT_601_PAL = 5;
    private static final int BT_601_NTSC = 6;
    private static final int BT_2020 = 9;
    /** Where a video does not say, players take the old standard for old formats. */
    private static final int TALLEST_OLD_FORMAT = 576;

    static YuvColors of(int matrix, boolean fullRange, int height) {
        return switch (matrix) {
            case BT_709 -> new YuvColors(0.2126, 0.0722, fullRange);
            case FCC, BT_601_PAL, BT_601_NTSC -> new YuvColors(0.299, 0.114, fullRange);
            case BT_2020 -> new YuvColors(0.2627, 0.0593, fullRange);
            default -> of(height > TALLEST_OLD_FORMAT ? BT_709 : BT_601_NTSC, fullRange, height);
        };
    }

    /**
     * A square of a picture in 4:2:0, of which every so many pixels are taken.
     *
     * @param x of its left, in pixels
     * @param y of its top, in pixels
     */
    BufferedImage square(Picture picture, int x, int y, int side, int step) {
        byte[] lumas = picture.getPlaneData(0);
        byte[] blues = picture.getPlaneData(1);
        byte[] reds = picture.getPlaneData(2);
        int stride = picture.getPlaneWidth(0);
        int colorStride = picture.getPlaneWidth(1);
        int taken = side / step;
        BufferedImage result = new BufferedImage(taken, taken, BufferedImage.TYPE_INT_RGB);
        int[] row = new int[taken];
        for (int i = 0; i < taken; i++) {
            int line = y + i * step;
            for (int j = 0; j < taken; j++) {
                int column = x + j * step;
                int color = line / 2 * colorStride + column / 2;
                row[j] = rgb(lumas[line * stride + column], blues[color], reds[color]);
            }
            result.setRGB(0, i, taken, 1, row, 0, taken);
        }
        return result;
    }

    /** The decoder's samples are 128 less than those of the standards. */
    private int rgb(int luma, int cb, int cr) {
        double y = fullRange ? luma + 128 : (luma + 128 - 16) * 255.0 / 219;
        double scale = fullRange ? 1 : 255.0 / 224;
        double b = 2 * (1 - blue) * cb * scale;
        double r = 2 * (1 - red) * cr * scale;
        double g = -(blue * b + red * r) / (1 - red - blue);
        return sample(y + r) << 16 | sample(y + g) << 8 | sample(y + b);
    }

    private static int sample(double value) {
        return (int) Math.max(0, Math.min(255, Math.round(value)));
    }
}
