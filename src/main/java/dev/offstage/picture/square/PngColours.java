package dev.offstage.picture.square;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

import org.jboss.logging.Logger;

/**
 * What a PNG says about its colours. Of several, cICP counts before iCCP, that before sRGB, and that before gAMA and cHRM (W3C
 * PNG, third edition, section 4.3); where the format leaves it open, it is read as Chromium does.
 */
final class PngColours {

    private static final Logger LOG = Logger.getLogger(PngColours.class);

    private static final int MAX_PROFILE = 4 * 1024 * 1024;
    private static final int KIND_OF_COLOUR = 25;
    private static final int OF_RGB = 2;
    private static final int CHROMATICITIES = 8;
    private static final double UNIT = 100_000;
    /** 1/2.2, which programs write who mean sRGB. */
    private static final int GAMMA_OF_SRGB = 45_455;

    private final ByteBuffer png;
    private boolean pixels;
    private boolean srgb;
    private int gamma;
    private double[] chromaticities;
    private Optional<Colours> codePoints = Optional.empty();
    private Optional<Colours> profile = Optional.empty();

    /** @param png the whole file */
    PngColours(ByteBuffer png) {
        this.png = png;
    }

    /**
     * Takes a chunk; after the first pixels they do not count.
     *
     * @param at where its data begins
     */
    void read(String type, int at, int length) {
        if (pixels) {
            return;
        }
        switch (type) {
            case "IDAT" -> pixels = true;
            case "sRGB" -> srgb = true;
            case "gAMA" -> gamma = length == 4 ? png.getInt(at) : 0;
            case "cHRM" -> chromaticities(at, length);
            case "cICP" -> codePoints = length == 4 && png.get(at + 2) == 0
                    ? LightColours.ofCodePoints(png.get(at) & 0xff, png.get(at + 1) & 0xff)
                    : Optional.empty();
            case "iCCP" -> profile = profile(png.array(), at, length);
            default -> {
            }
        }
    }

    Optional<Colours> colours() {
        if (codePoints.isPresent() || profile.isPresent() || srgb || gamma <= 0) {
            return codePoints.or(() -> profile);
        }
        return chromaticities == null && gamma == GAMMA_OF_SRGB
                ? Optional.empty()
                : LightColours.ofGamma(gamma / UNIT, chromaticities);
    }

    private void chromaticities(int at, int length) {
        if (length == 4 * CHROMATICITIES) {
            chromaticities = new double[CHROMATICITIES];
            for (int i = 0; i < CHROMATICITIES; i++) {
                chromaticities[i] = png.getInt(at + 4 * i) / UNIT;
            }
        }
    }

    /** The chunk holds a name, a zero, the compression method 0 and the deflated profile. */
    private Optional<Colours> profile(byte[] file, int offset, int length) {
        int name = 0;
        while (name < length && file[offset + name] != 0) {
            name++;
        }
        int skipped = name + 2;
        if (skipped >= length) {
            return Optional.empty();
        }
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(file, offset + skipped, length - skipped);
            byte[] unpacked = new byte[MAX_PROFILE];
            int size = inflater.inflate(unpacked);
            if (!inflater.finished()) {
                LOG.debug("A PNG's colour profile is cut off or larger than 4 MiB: its colours are read as sRGB.");
                return Optional.empty();
            }
            return ColourProfile.of(Arrays.copyOf(unpacked, size), (file[KIND_OF_COLOUR] & OF_RGB) == 0);
        } catch (DataFormatException e) {
            LOG.debug("A PNG's colour profile is broken: its colours are read as sRGB.", e);
            return Optional.empty();
        } finally {
            inflater.end();
        }
    }
}
