package dev.offstage.picture.format;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.Optional;

import io.quarkus.runtime.annotations.RegisterForReflection;
import io.quarkus.runtime.annotations.RegisterResources;

import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReaderSpi;
import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageWriterSpi;
import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;

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
@RegisterForReflection(targets = {JPEGImageReaderSpi.class, JPEGImageWriterSpi.class,
        WebPImageReaderSpi.class}, fields = false)
@RegisterResources(globs = {
        "META-INF/services/javax.imageio.spi.ImageReaderSpi", "META-INF/services/javax.imageio.spi.ImageWriterSpi",
        "com/twelvemonkeys/imageio/color/*.properties", "profiles/*.icc"})
public record ImageHeader(String contentType, int width, int height) {

    /**
     * @param picture the whole picture, or as much of its beginning as holds the header
     * @param maxPixels the largest width × height that is accepted
     * @throws UnreadableImage if it is none of the four formats, broken, or larger than allowed
     */
    public static ImageHeader read(byte[] picture, long maxPixels) throws UnreadableImage {
        try (ImageInputStream input = new MemoryCacheImageInputStream(new ByteArrayInputStream(picture))) {
            return read(input, maxPixels);
        } catch (IOException e) {
            throw new IllegalStateException("A picture was read from memory, and that failed.", e);
        }
    }

    /**
     * What decoding this picture takes.
     *
     * @throws UnreadableImage if its layout would make a decoder work without bound, or is one that is not decoded here
     */
    public DecodingCost cost(byte[] picture) throws UnreadableImage {
        try {
            return DecodingCost.of(this, new ByteArrayInputStream(picture));
        } catch (IOException e) {
            throw new IllegalStateException("A picture was read from memory, and that failed.", e);
        }
    }

    /**
     * As {@link #read(byte[], long)}, of a file.
     *
     * @throws IOException if the disk fails
     */
    public static ImageHeader read(UploadedFile picture, long maxPixels) throws IOException, UnreadableImage {
        try (ImageInputStream input = picture.image()) {
            return read(input, maxPixels);
        }
    }

    private static ImageHeader read(ImageInputStream input, long maxPixels) throws IOException, UnreadableImage {
        String contentType = contentType(input)
                .orElseThrow(() -> new UnreadableImage("This is not a picture that we read. " + whatIsRead(maxPixels)));
        ImageReader reader = reader(contentType);
        try {
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
        return AvatarLimits.WHAT_IS_READ + " A picture may have at most " + maxPixels + " pixels (width × height).";
    }

    private static Optional<String> contentType(ImageInputStream input) throws IOException {
        byte[] beginning = new byte[ContentType.TOLD_BY];
        int read = Math.max(0, input.read(beginning));
        input.seek(0);
        return ContentType.of(ByteBuffer.wrap(beginning, 0, read)).filter(type -> !type.equals(ContentType.MP4));
    }
}
