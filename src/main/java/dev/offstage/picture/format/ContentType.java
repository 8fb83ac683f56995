package dev.offstage.picture.format;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;

/** The kinds of files that can be an avatar, told by their first bytes and not by their names. */
public final class ContentType {

    public static final String JPEG = "image/jpeg";
    public static final String PNG = "image/png";
    public static final String GIF = "image/gif";
    public static final String WEBP = "image/webp";
    public static final String MP4 = "video/mp4";

    /** So many bytes from the beginning are enough. */
    public static final int TOLD_BY = 12;

    /** Files of the same family that hold pictures (HEIF, AVIF) have other brands (ISO/IEC 14496-12 section 4.3). */
    private static final Set<String> VIDEO_BRANDS = Set.of("isom", "iso2", "iso3", "iso4", "iso5", "iso6", "mp41",
            "mp42",
            "avc1", "M4V ", "MSNV", "qt  ", "3gp4", "3gp5", "3gp6");

    private ContentType() {
    }

    /** @param file the beginning of it is enough; only looked at, from its index 0 */
    public static Optional<String> of(ByteBuffer file) {
        if (has(file, 0, "\u00ff\u00d8\u00ff")) {
            return Optional.of(JPEG);
        }
        if (has(file, 0, "\u0089PNG\r\n\u001a\n")) {
            return Optional.of(PNG);
        }
        if (has(file, 0, "GIF87a") || has(file, 0, "GIF89a")) {
            return Optional.of(GIF);
        }
        if (has(file, 0, "RIFF") && has(file, 8, "WEBP")) {
            return Optional.of(WEBP);
        }
        if (has(file, 4, "ftyp") && VIDEO_BRANDS.stream().anyMatch(brand -> has(file, 8, brand))) {
            return Optional.of(MP4);
        }
        return Optional.empty();
    }

    private static boolean has(ByteBuffer file, int offset, String magic) {
        byte[] expected = magic.getBytes(StandardCharsets.ISO_8859_1);
        return file.limit() >= offset + expected.length
                && file.slice(offset, expected.length).equals(ByteBuffer.wrap(expected));
    }
}
