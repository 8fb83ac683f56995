package dev.offstage.picture.square;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * Takes a PNG apart (W3C PNG, third edition, sections 5 and 11). What is decoded keeps only the chunks that hold
 * pixels: the JDK's reader would unpack compressed text to any size, and leaves the colour profile unused.
 */
final class PngChunks {

    private static final Set<String> PIXELS = Set.of("IHDR", "PLTE", "tRNS", "IDAT", "IEND");
    private static final int SIGNATURE = 8;
    private static final int AROUND_DATA = 12;

    private PngChunks() {
    }

    /** A broken file is kept from its broken chunk on, and the decoder says what is wrong. */
    static Container open(byte[] png) {
        ByteBuffer file = ByteBuffer.wrap(png);
        ByteArrayOutputStream pixels = new ByteArrayOutputStream(png.length);
        pixels.write(png, 0, SIGNATURE);
        Orientation orientation = Orientation.UPRIGHT;
        PngColours colours = new PngColours(file);
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
            }
            colours.read(type, at + 8, length);
            at += length + AROUND_DATA;
        }
        pixels.write(png, at, png.length - at);
        return new Container(pixels.toByteArray(), orientation, colours.colours());
    }
}
