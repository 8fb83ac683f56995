package dev.offstage.picture.square;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

import dev.offstage.picture.format.AvatarLimits;
import dev.offstage.picture.format.ContentType;
import dev.offstage.picture.format.ImageHeader;
import dev.offstage.picture.format.UnreadableImage;
import dev.offstage.picture.format.WebpLayout;

import javax.imageio.IIOException;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import net.coobird.thumbnailator.Thumbnails;

/**
 * Makes the squares of an avatar: the middle of the picture, upright, in sRGB, without metadata. Only the middle is
 * decoded, once; the largest square is made of it and the smaller ones of that.
 */
public final class Squares {

    /** The sides that are made, in pixels, largest first. A smaller picture makes smaller squares: none is enlarged. */
    static final List<Integer> SIZES = List.of(512, 256, 64);

    /**
     * How libjpeg warns that it made up pixels for data that is missing. A file that lacks no more than its end marker
     * is whole; that warning is another one.
     */
    private static final String CUT_OFF = "premature end of data segment";
    private static final float JPEG_QUALITY = 0.85f;

    static {
        // Java would look for a screen, which a server does not have.
        System.setProperty("java.awt.headless", "true");
    }

    private Squares() {
    }

    /**
     * @param size the side that was asked for, in pixels
     * @param contentType JPEG, or PNG where the picture is transparent somewhere; GIF for one that moves
     */
    public record Square(int size, String contentType, byte[] content) {}

    /**
     * @param limits how large it may be
     * @param memory of which the decoder takes a share
     * @throws UnreadableImage if no later attempt can read it either
     */
    static List<Square> of(byte[] file, AvatarLimits limits, DecodingMemory memory)
            throws UnreadableImage, InterruptedException {
        ImageHeader header = ImageHeader.read(file, limits.maxPixels());
        return memory.with(header.cost(file), () -> {
            Canvas canvas = Canvas.of(header);
            if (header.contentType().equals(ContentType.WEBP)) {
                WebpLayout layout = WebpLayout.read(file);
                LosslessWebp.check(file, layout);
                canvas = Canvas.of(layout);
            }
            return of(largest(Container.open(file, header.contentType()), header.contentType(), canvas));
        });
    }

    /** @param middle a square in sRGB */
    static List<Square> of(BufferedImage middle) {
        BufferedImage square = shrunk(middle, SIZES.get(0));
        boolean transparent = isTransparent(square);
        List<Square> squares = new ArrayList<>();
        for (int size : SIZES) {
            square = shrunk(square, size);
            squares.add(transparent
                    ? new Square(size, "image/png", encoded(square, "png"))
                    : new Square(size, "image/jpeg", encoded(opaque(square), "jpeg")));
        }
        return squares;
    }

    private static BufferedImage largest(Container container, String contentType, Canvas canvas)
            throws UnreadableImage, InterruptedException {
        DecodingTime time = new DecodingTime();
        try {
            BufferedImage decoded = decodeMiddle(container.picture(), contentType, canvas, time);
            time.check();
            BufferedImage square = shrunk(Srgb.of(decoded), SIZES.get(0));
            if (container.colours().isPresent()) {
                square = container.colours().get().inSrgb(square);
            }
            return container.orientation().setUpright(square);
        } catch (IOException | RuntimeException e) {
            time.check();
            // The readers answer broken files with whatever they stumble over, such as IndexOutOfBoundsException.
            throw new UnreadableImage("The picture is broken and cannot be decoded (" + e + "). Upload another one.",
                    e);
        }
    }

    private static BufferedImage decodeMiddle(byte[] picture, String contentType, Canvas canvas, DecodingTime time)
            throws IOException {
        ImageReader reader = ImageHeader.reader(contentType);
        try (DecoderInput input = new DecoderInput(picture, time)) {
            input.readBy(reader);
            AtomicBoolean cutOff = new AtomicBoolean();
            reader.addIIOReadWarningListener((source, warning) -> {
                if (warning.contains(CUT_OFF)) {
                    cutOff.set(true);
                }
            });
            BufferedImage square = canvas.middle(reader);
            if (cutOff.get()) {
                throw new IIOException("the file breaks off too early");
            }
            return square;
        } finally {
            reader.dispose();
        }
    }

    /** The same picture if it is no larger. */
    static BufferedImage shrunk(BufferedImage square, int size) {
        if (square.getWidth() <= size) {
            return square;
        }
        try {
            return Thumbnails.of(square).forceSize(size, size).asBufferedImage();
        } catch (IOException e) {
            throw new IllegalStateException("A picture in memory was made smaller, and reading it failed.", e);
        }
    }

    private static boolean isTransparent(BufferedImage square) {
        if (!square.getColorModel().hasAlpha()) {
            return false;
        }
        int[] row = new int[square.getWidth()];
        for (int y = 0; y < square.getHeight(); y++) {
            for (int pixel : square.getRGB(0, y, row.length, 1, row, 0, row.length)) {
                if (pixel >>> 24 != 255) {
                    return true;
                }
            }
        }
        return false;
    }

    private static BufferedImage opaque(BufferedImage square) {
        if (!square.getColorModel().hasAlpha()) {
            return square;
        }
        int side = square.getWidth();
        BufferedImage result = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
        result.setRGB(0, 0, side, side, square.getRGB(0, 0, side, side, null, 0, side), 0, side);
        return result;
    }

    private static byte[] encoded(BufferedImage square, String format) {
        ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        try (ImageOutputStream output = new MemoryCacheImageOutputStream(content)) {
            ImageWriteParam settings = writer.getDefaultWriteParam();
            if (format.equals("jpeg")) {
                settings.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
                settings.setCompressionQuality(JPEG_QUALITY);
            }
            writer.setOutput(output);
            writer.write(null, new IIOImage(square, null, null), settings);
        } catch (IOException e) {
            throw new IllegalStateException("A picture was written to memory, and that failed.", e);
        } finally {
            writer.dispose();
        }
        return content.toByteArray();
    }
}
