package dev.offstage.user;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Optional;

import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * What a picture's first bytes say about it. Nothing is decoded and no memory is taken for its pixels, so a small file
 * that claims to be huge is refused at no cost.
 *
 * @param contentType {@code image/jpeg}, {@code image/png}, {@code image/gif} or {@code image/webp}, by content, not
 * by name
 * @param width of the first frame, as stored, in pixels; an EXIF orientation may swap it with the height for the viewer
 * @param height of the first frame, as stored, in pixels
 */
public record ImageHeader(String contentType, int width, int height) {

    /**
     * @param picture the whole picture, or as much of its beginning as holds the header
     * @param maxPixels the largest width × height that is accepted
     * @throws UnreadableImage if it is none of the four formats, broken, or larger than allowed
     */
    public static ImageHeader read(byte[] picture, long maxPixels) throws UnreadableImage {
        String contentType = contentType(picture)
                .orElseThrow(() -> new UnreadableImage("This is not a picture that we read. " + whatIsRead(maxPixels)));
        ImageReader reader = reader(contentType);
        try (ImageInputStream input = new MemoryCacheImageInputStream(new ByteArrayInputStream(picture))) {
            reader.setInput(input, true, true);
            return checked(new ImageHeader(contentType, reader.getWidth(0), reader.getHeight(0)), maxPixels);
        } catch (IOException | RuntimeException e) {
            // The readers answer broken files with whatever they stumble over, such as IndexOutOfBoundsException.
            throw new UnreadableImage("The beginning of this picture is broken or missing. " + whatIsRead(maxPixels),
                    e);
        } finally {
            reader.dispose();
        }
    }

    /**
     * The reader for one of the four content types, without input. The caller disposes it.
     *
     * @throws IllegalStateException if the reader is not on the class path
     */
    public static ImageReader reader(String contentType) {
        Iterator<ImageReader> readers = ImageIO.getImageReadersByMIMEType(contentType);
        if (!readers.hasNext()) {
            throw new IllegalStateException("No reader for " + contentType + " is on the class path: build Offstage"
                    + " with the TwelveMonkeys ImageIO plug-ins that its pom.xml names.");
        }
        return readers.next();
    }

    private static ImageHeader checked(ImageHeader header, long maxPixels) throws UnreadableImage {
        if (header.width < 1 || header.height < 1) {
            throw new UnreadableImage("This picture says that it has no pixels. " + whatIsRead(maxPixels));
        }
        if ((long) header.width * header.height > maxPixels) {
            throw new UnreadableImage("This picture has " + header.width + " × " + header.height + " pixels. "
                    + whatIsRead(maxPixels));
        }
        return header;
    }

    private static String whatIsRead(long maxPixels) {
        return "Choose a JPEG, PNG, GIF or WebP with at most " + maxPixels + " pixels (width × height).";
    }

    private static Optional<String> contentType(byte[] picture) {
        if (has(picture, 0, "\u00ff\u00d8\u00ff")) {
            return Optional.of("image/jpeg");
        }
        if (has(picture, 0, "\u0089PNG\r\n\u001a\n")) {
            return Optional.of("image/png");
        }
        if (has(picture, 0, "GIF87a") || has(picture, 0, "GIF89a")) {
            return Optional.of("image/gif");
        }
        if (has(picture, 0, "RIFF") && has(picture, 8, "WEBP")) {
            return Optional.of("image/webp");
        }
        return Optional.empty();
    }

    private static boolean has(byte[] picture, int offset, String magic) {
        byte[] expected = magic.getBytes(StandardCharsets.ISO_8859_1);
        return picture.length >= offset + expected.length
                && Arrays.equals(picture, offset, offset + expected.length, expected, 0, expected.length);
    }
}
