package dev.offstage.picture.square;

import java.awt.image.BufferedImage;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;

/**
 * Colours that are told by their primaries and the curve from samples to light: PNG's gAMA, cHRM and cICP (W3C PNG, third
 * edition, sections 11.3.2 and 13.13; ITU-T H.273 tables 2 and 3). Another white is adapted as in ICC.1:2022 annex E.
 */
final class LightColours implements Colours {

    private static final double[] D65 = {0.3127, 0.3290};
    private static final double[] SRGB = {0.64, 0.33, 0.30, 0.60, 0.15, 0.06};
    private static final double[] BT_601_625 = {0.64, 0.33, 0.29, 0.60, 0.15, 0.06};
    private static final double[] BT_601_525 = {0.630, 0.340, 0.310, 0.595, 0.155, 0.070};
    private static final double[] BT_2020 = {0.708, 0.292, 0.170, 0.797, 0.131, 0.046};
    private static final double[] DISPLAY_P3 = {0.680, 0.320, 0.265, 0.690, 0.150, 0.060};
    /** XYZ to the response of cones, by Bradford. */
    private static final double[][] CONES = {{0.8951, 0.2664, -0.1614}, {-0.7502, 1.7135, 0.0367},
            {0.0389, -0.0685, 1.0296}};
    private static final int SHADES = 4096;

    private final double[] light = new double[256];
    private final double[][] toSrgb;
    private final int[] samples = new int[SHADES];

    private LightColours(double[] primaries, double[] white, DoubleUnaryOperator curve) {
        for (int i = 0; i < light.length; i++) {
            light[i] = curve.applyAsDouble(i / 255.0);
        }
        for (int i = 0; i < SHADES; i++) {
            samples[i] = (int) Math.round(255 * encoded((double) i / (SHADES - 1)));
        }
        toSrgb = Matrix3.product(Matrix3.inverse(toXyz(SRGB, D65)),
                Matrix3.product(adapted(white), toXyz(primaries, white)));
    }

    /**
     * @param gamma as in the file: the exponent from light to samples
     * @param chromaticities white, red, green and blue, x and y of each; null if the file does not say
     * @return empty if they are of no use
     */
    static Optional<Colours> ofGamma(double gamma, double[] chromaticities) {
        double[] all = chromaticities == null
                ? new double[]{D65[0], D65[1], SRGB[0], SRGB[1], SRGB[2], SRGB[3], SRGB[4], SRGB[5]}
                : chromaticities;
        double[] white = {all[0], all[1]};
        double[] primaries = {all[2], all[3], all[4], all[5], all[6], all[7]};
        if (gamma <= 0 || white[1] <= 0 || primaries[1] <= 0 || primaries[3] <= 0 || primaries[5] <= 0) {
            return Optional.empty();
        }
        LightColours colours = new LightColours(primaries, white, sample -> Math.pow(sample, 1 / gamma));
        return colours.isFinite() ? Optional.of(colours) : Optional.empty();
    }

    /**
     * @param primaries a code point of H.273
     * @param transfer a code point of H.273
     * @return empty if it is none of those that pictures for today's screens have
     */
    static Optional<Colours> ofCodePoints(int primaries, int transfer) {
        double[] found = switch (primaries) {
            case 1 -> SRGB;
            case 5 -> BT_601_625;
            case 6, 7 -> BT_601_525;
            case 9 -> BT_2020;
            case 12 -> DISPLAY_P3;
            default -> null;
        };
        DoubleUnaryOperator curve = switch (transfer) {
            case 1, 6, 14, 15 -> sample -> Math.pow(sample, 2.4); // as screens show it: ITU-R BT.1886
            case 4 -> sample -> Math.pow(sample, 2.2);
            case 5 -> sample -> Math.pow(sample, 2.8);
            case 8 -> DoubleUnaryOperator.identity();
            case 13 -> LightColours::decoded;
            default -> null;
        };
        return found == null || curve == null
                ? Optional.empty()
                : Optional.of(new LightColours(found, D65, curve));
    }

    @Override
    public BufferedImage inSrgb(BufferedImage square) {
        return Srgb.mapped(square, pixel -> {
            double red = light[pixel >> 16 & 0xff];
            double green = light[pixel >> 8 & 0xff];
            double blue = light[pixel & 0xff];
            return sample(toSrgb[0], red, green, blue) << 16 | sample(toSrgb[1], red, green, blue) << 8
                    | sample(toSrgb[2], red, green, blue);
        });
    }

    private int sample(double[] row, double red, double green, double blue) {
        double value = row[0] * red + row[1] * green + row[2] * blue;
        return samples[(int) Math.round(Math.max(0, Math.min(1, value)) * (SHADES - 1))];
    }

    private boolean isFinite() {
        for (double[] row : toSrgb) {
            if (!Double.isFinite(row[0]) || !Double.isFinite(row[1]) || !Double.isFinite(row[2])) {
                return false;
            }
        }
        return true;
    }

    private static double decoded(double sample) {
        return sample <= 0.04045 ? sample / 12.92 : Math.pow((sample + 0.055) / 1.055, 2.4);
    }

    private static double encoded(double light) {
        return light <= 0.0031308 ? light * 12.92 : 1.055 * Math.pow(light, 1 / 2.4) - 0.055;
    }

    private static double[] xyz(double x, double y) {
        return new double[]{x / y, 1, (1 - x - y) / y};
    }

    private static double[][] toXyz(double[] primaries, double[] white) {
        double[] red = xyz(primaries[0], primaries[1]);
        double[] green = xyz(primaries[2], primaries[3]);
        double[] blue = xyz(primaries[4], primaries[5]);
        double[][] columns = {{red[0], green[0], blue[0]}, {red[1], green[1], blue[1]}, {red[2], green[2], blue[2]}};
        double[] scale = Matrix3.times(Matrix3.inverse(columns), xyz(white[0], white[1]));
        return Matrix3.product(columns, Matrix3.diagonal(scale));
    }

    private static double[][] adapted(double[] white) {
        double[] from = Matrix3.times(CONES, xyz(white[0], white[1]));
        double[] to = Matrix3.times(CONES, xyz(D65[0], D65[1]));
        double[] scale = {to[0] / from[0], to[1] / from[1], to[2] / from[2]};
        return Matrix3.product(Matrix3.inverse(CONES), Matrix3.product(Matrix3.diagonal(scale), CONES));
    }
}
