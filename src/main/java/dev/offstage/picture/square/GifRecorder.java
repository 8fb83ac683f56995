package dev.offstage.picture.square;

import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.OptionalInt;

import dev.offstage.picture.format.ContentType;

import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOInvalidTreeException;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Writes square frames as an animated GIF. A frame that equals the one before it makes that one longer; otherwise only
 * the part that changed is written. So a frame is written when the next one is known.
 */
final class GifRecorder {

    private static final String STREAM_FORMAT = "javax_imageio_gif_stream_1.0";
    private static final String IMAGE_FORMAT = "javax_imageio_gif_image_1.0";
    private static final int LONGEST_DELAY = 65_535;
    private static final int OPAQUE_ENOUGH = 128;

    private final ByteArrayOutputStream content = new ByteArrayOutputStream();
    private final ImageOutputStream output = new MemoryCacheImageOutputStream(content);
    private final ImageWriter writer = ImageIO.getImageWritersByMIMEType(ContentType.GIF).next();
    private final OptionalInt repetitions;
    private int side;
    private int written;
    /** What is seen below the next frame; null while that is nothing. */
    private int[] below;
    private int[] waiting;
    private int delay;

    /** @param repetitions how often the animation is repeated after its first run, 0 for ever; empty for never */
    GifRecorder(OptionalInt repetitions) {
        this.repetitions = repetitions;
        writer.setOutput(output);
    }

    /** @param hundredths of a second */
    void add(BufferedImage frame, int hundredths) {
        side = frame.getWidth();
        int[] pixels = withoutHalves(frame.getRGB(0, 0, side, side, null, 0, side));
        if (waiting != null && !Arrays.equals(waiting, pixels)) {
            boolean clear = uncovers(pixels);
            write(clear);
            below = clear ? null : waiting;
            delay = 0;
        }
        waiting = pixels;
        lengthen(hundredths);
    }

    /** Shows the last frame for longer. */
    void lengthen(int hundredths) {
        delay = Math.min(LONGEST_DELAY, delay + hundredths);
    }

    /** So far, in bytes. */
    long size() {
        return content.size();
    }

    /** The whole file; needs a frame. Nothing can be added afterwards. */
    byte[] finish() {
        write(false);
        try {
            writer.endWriteSequence();
            output.close();
        } catch (IOException e) {
            throw failed(e);
        }
        close();
        return content.toByteArray();
    }

    void close() {
        writer.dispose();
    }

    /** A GIF's pixels are there or not. */
    private static int[] withoutHalves(int[] pixels) {
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = pixels[i] >>> 24 < OPAQUE_ENOUGH ? 0 : pixels[i] | 0xff000000;
        }
        return pixels;
    }

    private boolean uncovers(int[] next) {
        for (int i = 0; i < next.length; i++) {
            if (next[i] == 0 && waiting[i] != 0) {
                return true;
            }
        }
        return false;
    }

    /** @param clear the whole square after this frame */
    private void write(boolean clear) {
        Rectangle part = clear || below == null ? new Rectangle(side, side) : changed();
        int[] pixels = new int[part.width * part.height];
        for (int y = 0; y < part.height; y++) {
            for (int x = 0; x < part.width; x++) {
                int at = (part.y + y) * side + part.x + x;
                boolean same = !clear && below != null && below[at] == waiting[at];
                pixels[y * part.width + x] = same ? 0 : waiting[at];
            }
        }
        Palette palette = new Palette(pixels);
        BufferedImage image = new BufferedImage(part.width, part.height, BufferedImage.TYPE_BYTE_INDEXED,
                palette.colors());
        byte[] places = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
        for (int i = 0; i < pixels.length; i++) {
            places[i] = palette.place(pixels[i]);
        }
        try {
            if (written++ == 0) {
                writer.prepareWriteSequence(streamMetadata());
            }
            writer.writeToSequence(new IIOImage(image, null, imageMetadata(image, part, clear)), null);
            output.flush();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private Rectangle changed() {
        int left = side;
        int right = 0;
        int top = side;
        int bottom = 0;
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                if (below[y * side + x] != waiting[y * side + x]) {
                    left = Math.min(left, x);
                    right = Math.max(right, x + 1);
                    top = Math.min(top, y);
                    bottom = y + 1;
                }
            }
        }
        return new Rectangle(left, top, right - left, bottom - top);
    }

    private IIOMetadata streamMetadata() throws IIOInvalidTreeException {
        IIOMetadata metadata = writer.getDefaultStreamMetadata(null);
        IIOMetadataNode root = (IIOMetadataNode) metadata.getAsTree(STREAM_FORMAT);
        IIOMetadataNode screen = child(root, "LogicalScreenDescriptor");
        screen.setAttribute("logicalScreenWidth", Integer.toString(side));
        screen.setAttribute("logicalScreenHeight", Integer.toString(side));
        metadata.setFromTree(STREAM_FORMAT, root);
        return metadata;
    }

    private IIOMetadata imageMetadata(BufferedImage image, Rectangle part, boolean clear)
            throws IIOInvalidTreeException {
        IIOMetadata metadata = writer.getDefaultImageMetadata(new ImageTypeSpecifier(image), null);
        IIOMetadataNode root = (IIOMetadataNode) metadata.getAsTree(IMAGE_FORMAT);
        IIOMetadataNode place = child(root, "ImageDescriptor");
        place.setAttribute("imageLeftPosition", Integer.toString(part.x));
        place.setAttribute("imageTopPosition", Integer.toString(part.y));
        IIOMetadataNode control = child(root, "GraphicControlExtension");
        control.setAttribute("disposalMethod", clear ? "restoreToBackgroundColor" : "doNotDispose");
        control.setAttribute("userInputFlag", "FALSE");
        control.setAttribute("transparentColorFlag", "TRUE");
        control.setAttribute("transparentColorIndex", Integer.toString(Palette.TRANSPARENT));
        control.setAttribute("delayTime", Integer.toString(delay));
        if (written == 1 && repetitions.isPresent()) {
            int times = repetitions.getAsInt();
            IIOMetadataNode loop = new IIOMetadataNode("ApplicationExtension");
            loop.setAttribute("applicationID", "NETSCAPE");
            loop.setAttribute("authenticationCode", "2.0");
            loop.setUserObject(new byte[]{1, (byte) times, (byte) (times >> 8)});
            child(root, "ApplicationExtensions").appendChild(loop);
        }
        metadata.setFromTree(IMAGE_FORMAT, root);
        return metadata;
    }

    private static IIOMetadataNode child(IIOMetadataNode root, String name) {
        if (root.getElementsByTagName(name).getLength() == 0) {
            root.appendChild(new IIOMetadataNode(name));
        }
        return (IIOMetadataNode) root.getElementsByTagName(name).item(0);
    }

    private static IllegalStateException failed(IOException e) {
        return new IllegalStateException("An animation was written to memory, and that failed.", e);
    }
}
