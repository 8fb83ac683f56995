package dev.offstage.task.avatar;

import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

import org.jboss.logging.Logger;

/**
 * Takes a PNG apart (W3C PNG, third edition, sections 5 and 11). What is decoded keeps only the chunks that hold
 * pixels: the JDK's reader would unpack compressed text to any size, and leaves the colour profile unused.
 */
final class PngChunks {

    private static final Logger LOG = Logger.getLogger(PngChunks.class);

    private static final Set<String> PIXELS = Set.of("IHDR", "PLTE", "tRNS", "IDAT", "IEND");
    private static final int SIGNATURE = 8;
    private static final int AROUND_DATA = 12;
    private static final int MAX_PROFILE = 4 * 1024 * 1024;

    private PngChunks() {
    }

    /** A broken file is kept from its broken chunk on, for the decoder to complain about. */
    static Container open(byte[] png) {
        ByteBuffer file = ByteBuffer.wrap(png);
        ByteArrayOutputStream pixels = new ByteArrayOutputStream(png.length);
        pixels.write(png, 0, SIGNATURE);
        Orientation orientation = Orientation.UPRIGHT;
        Optional<ICC_Profile> profile = Optional.empty();
        int at = SIGNATURE;
        while (at + AROUND_DATA <= png.length) {
            int length = file.getInt(at);
            if (length < 0 || length > png.length - at - AROUND_DATA) {
                break;
            }
            String type = new String(png, at + 4, 4, StandardCharsets.ISO_8859_1);
            if (PIXELS.contains(type)) {
                pixels.write(png, at, length + AROUND_DATA);
            } else if (type.equals("eXIf")) {
                orientation = Exif.orientation(png, at + 8, length);
            } else if (type.equals("iCCP")) {
                profile = profile(png, at + 8, length);
            }
            at += length + AROUND_DATA;
        }
        pixels.write(png, at, png.length - at);
        return new Container(pixels.toByteArray(), orientation, profile);
    }

    /** The chunk holds a name, a zero, the compression method 0 and the deflated profile. */
    private static Optional<ICC_Profile> profile(byte[] png, int offset, int length) {
        int name = 0;
        while (name < length && png[offset + name] != 0) {
            name++;
        }
        int skipped = name + 2;
        if (skipped >= length) {
            return Optional.empty();
        }
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(png, offset + skipped, length - skipped);
            byte[] unpacked = new byte[MAX_PROFILE];
            int size = inflater.inflate(unpacked);
            if (!inflater.finished()) {
                LOG.debug("A PNG's colour profile is cut off or larger than 4 MiB: its colours are read as sRGB.");
                return Optional.empty();
            }
            ICC_Profile profile = ICC_Profile.getInstance(Arrays.copyOf(unpacked, size));
            return profile.getColorSpaceType() == ColorSpace.TYPE_RGB ? Optional.of(profile) : Optional.empty();
        } catch (DataFormatException | IllegalArgumentException e) {
            LOG.debug("A PNG's colour profile is broken: its colours are read as sRGB.", e);
            return Optional.empty();
        } finally {
            inflater.end();
        }
    }
}
