package dev.offstage.picture.square;

import java.awt.Graphics2D;
import java.awt.Point;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.ColorConvertOp;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.util.function.IntUnaryOperator;

/** Brings decoded pictures to eight bits per sample in sRGB. */
final class Srgb {

    private Srgb() {
    }

    /** The same picture as one of the types that hold sRGB; the picture itself if it is one. */
    static BufferedImage of(BufferedImage picture) {
        return switch (picture.getType()) {
            case BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_INT_ARGB, BufferedImage.TYPE_3BYTE_BGR,
                    BufferedImage.TYPE_4BYTE_ABGR ->
                picture;
            default -> {
                ColorModel model = picture.getColorModel();
                boolean grey = model.getColorSpace().getType() == ColorSpace.TYPE_GRAY;
                boolean samples = model instanceof ComponentColorModel && !model.isAlphaPremultiplied()
                        && integers(model.getTransferType());
                yield samples && (grey || model.getColorSpace().isCS_sRGB())
                        ? fromSamples(picture)
                        : converted(picture);
            }
        };
    }

    /**
     * Reads the samples of a square as colours of this profile.
     *
     * @throws java.awt.color.CMMException if the profile is of no use
     */
    static BufferedImage of(BufferedImage picture, ICC_Profile profile) {
        int width = picture.getWidth();
        int height = picture.getHeight();
        WritableRaster raster = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, width, height, 3, new Point());
        ColorModel model = new ComponentColorModel(new ICC_ColorSpace(profile), false, false, Transparency.OPAQUE,
                DataBuffer.TYPE_BYTE);
        int[] stored = picture.getRGB(0, 0, width, height, null, 0, width);
        int[] samples = new int[stored.length * 3];
        for (int i = 0; i < stored.length; i++) {
            samples[3 * i] = stored[i] >> 16 & 0xff;
            samples[3 * i + 1] = stored[i] >> 8 & 0xff;
            samples[3 * i + 2] = stored[i] & 0xff;
        }
        raster.setPixels(0, 0, width, height, samples);
        BufferedImage opaque = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        new ColorConvertOp(null).filter(new BufferedImage(model, raster, false, null), opaque);
        int[] colours = opaque.getRGB(0, 0, width, height, null, 0, width);
        for (int i = 0; i < stored.length; i++) {
            colours[i] = stored[i] & 0xff000000 | colours[i] & 0xffffff;
        }
        BufferedImage result = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB);
        result.setRGB(0, 0, width, height, colours, 0, width);
        return result;
    }

    /**
     * Another picture, of which each pixel's colour is made of the one here; how transparent it is stays.
     *
     * @param colour takes a pixel, gives red, green and blue
     */
    static BufferedImage mapped(BufferedImage picture, IntUnaryOperator colour) {
        int width = picture.getWidth();
        int[] pixels = picture.getRGB(0, 0, width, picture.getHeight(), null, 0, width);
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = pixels[i] & 0xff000000 | colour.applyAsInt(pixels[i]);
        }
        BufferedImage result = new BufferedImage(width, picture.getHeight(), BufferedImage.TYPE_INT_ARGB);
        result.setRGB(0, 0, width, picture.getHeight(), pixels, 0, width);
        return result;
    }

    /**
     * Takes the samples as they are. Java's own conversion takes grey for linear light, which PNG and JPEG do not mean,
     * and washes it out.
     */
    private static BufferedImage fromSamples(BufferedImage picture) {
        int width = picture.getWidth();
        ColorModel model = picture.getColorModel();
        int colours = model.getNumColorComponents();
        int bands = model.getNumComponents();
        int bits = model.getComponentSize(0);
        BufferedImage result = new BufferedImage(width, picture.getHeight(),
                model.hasAlpha() ? BufferedImage.TYPE_INT_ARGB : BufferedImage.TYPE_INT_RGB);
        int[] samples = new int[width * bands];
        int[] row = new int[width];
        Raster raster = picture.getRaster();
        for (int y = 0; y < picture.getHeight(); y++) {
            raster.getPixels(0, y, width, 1, samples);
            for (int x = 0, at = 0; x < width; x++, at += bands) {
                int red = eightBits(samples[at], bits);
                int green = colours == 1 ? red : eightBits(samples[at + 1], bits);
                int blue = colours == 1 ? red : eightBits(samples[at + 2], bits);
                int alpha = model.hasAlpha() ? eightBits(samples[at + bands - 1], bits) : 255;
                row[x] = alpha << 24 | red << 16 | green << 8 | blue;
            }
            result.setRGB(0, y, width, 1, row, 0, width);
        }
        return result;
    }

    /** Of more bits the first eight, as browsers do. */
    private static int eightBits(int sample, int bits) {
        return bits >= 8 ? sample >> bits - 8 : sample * 255 / ((1 << bits) - 1);
    }

    private static BufferedImage converted(BufferedImage picture) {
        BufferedImage result = new BufferedImage(picture.getWidth(), picture.getHeight(),
                picture.getColorModel().hasAlpha() ? BufferedImage.TYPE_INT_ARGB : BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = result.createGraphics();
        try {
            graphics.drawImage(picture, 0, 0, null);
        } finally {
            graphics.dispose();
        }
        return result;
    }

    private static boolean integers(int transferType) {
        return transferType == DataBuffer.TYPE_BYTE || transferType == DataBuffer.TYPE_USHORT;
    }
}
