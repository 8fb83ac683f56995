package dev.offstage.picture.format;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import dev.offstage.testing.Program;

import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageOutputStream;

/** Animations and videos for tests, made on the spot. */
public final class MovingPictures {

    private static final String IMAGE_FORMAT = "javax_imageio_gif_image_1.0";

    /**
     * A frame of a GIF.
     *
     * @param disposal in ImageIO's words, such as doNotDispose
     * @param delay in hundredths of a second
     */
    public record Frame(BufferedImage picture, int x, int y, String disposal, int delay) {

        public static Frame of(BufferedImage picture, int delay) {
            return new Frame(picture, 0, 0, "none", delay);
        }
    }

    private MovingPictures() {
    }

    /** One colour, in a palette. */
    public static BufferedImage plain(int width, int height, Color color) {
        BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_INDEXED);
        Graphics2D graphics = picture.createGraphics();
        graphics.setColor(color);
        graphics.fillRect(0, 0, width, height);
        graphics.dispose();
        return picture;
    }

    /** A GIF that repeats for ever and in which a square moves from the left to the right. */
    public static byte[] gif(int width, int height, int frames) {
        Frame[] made = new Frame[frames];
        for (int i = 0; i < frames; i++) {
            BufferedImage picture = plain(width, height, Color.WHITE);
            Graphics2D graphics = picture.createGraphics();
            graphics.setColor(Color.BLUE);
            graphics.fillRect(i * width / frames, height / 4, height / 2, height / 2);
            graphics.dispose();
            made[i] = Frame.of(picture, 5);
        }
        return gif(0, made);
    }

    /** @param loop as the file says it, 0 for ever; -1 for no word about it */
    public static byte[] gif(int loop, Frame... frames) {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("gif").next();
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try (ImageOutputStream output = ImageIO.createImageOutputStream(file)) {
            writer.setOutput(output);
            writer.prepareWriteSequence(null);
            for (int i = 0; i < frames.length; i++) {
                IIOMetadata metadata = writer.getDefaultImageMetadata(new ImageTypeSpecifier(frames[i].picture), null);
                metadata.setFromTree(IMAGE_FORMAT, tree(metadata, frames[i], i == 0 ? loop : -1));
                writer.writeToSequence(new IIOImage(frames[i].picture, null, metadata), null);
            }
            writer.endWriteSequence();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        return file.toByteArray();
    }

    private static IIOMetadataNode tree(IIOMetadata metadata, Frame frame, int loop) {
        IIOMetadataNode root = (IIOMetadataNode) metadata.getAsTree(IMAGE_FORMAT);
        IIOMetadataNode place = (IIOMetadataNode) root.getElementsByTagName("ImageDescriptor").item(0);
        place.setAttribute("imageLeftPosition", Integer.toString(frame.x));
        place.setAttribute("imageTopPosition", Integer.toString(frame.y));
        IIOMetadataNode control = (IIOMetadataNode) root.getElementsByTagName("GraphicControlExtension").item(0);
        control.setAttribute("disposalMethod", frame.disposal);
        control.setAttribute("delayTime", Integer.toString(frame.delay));
        if (loop >= 0) {
            IIOMetadataNode extension = new IIOMetadataNode("ApplicationExtension");
            extension.setAttribute("applicationID", "NETSCAPE");
            extension.setAttribute("authenticationCode", "2.0");
            extension.setUserObject(new byte[]{1, (byte) loop, (byte) (loop >> 8)});
            IIOMetadataNode extensions = new IIOMetadataNode("ApplicationExtensions");
            extensions.appendChild(extension);
            root.appendChild(extensions);
        }
        return root;
    }

    /**
     * A video in H.264 with these frames, at 25 a second; sides are multiples of 2. Where ffmpeg is not installed, the test ends here.
     */
    public static byte[] mp4(BufferedImage... frames) {
        return mp4(List.of(), frames);
    }

    /** @param options for ffmpeg, of the video that it writes */
    public static byte[] mp4(List<String> options, BufferedImage... frames) {
        assumeTrue(Program.areInstalled("ffmpeg"), "ffmpeg is not installed");
        List<String> command = new ArrayList<>(List.of("ffmpeg", "-v", "error", "-f", "rawvideo", "-pix_fmt", "bgra",
                "-video_size", frames[0].getWidth() + "x" + frames[0].getHeight(), "-framerate", "25", "-i", "pipe:0",
                "-c:v", "libx264", "-preset", "ultrafast", "-qp", "10", "-pix_fmt", "yuv420p"));
        command.addAll(options);
        try {
            Path directory = Files.createTempDirectory("video");
            Path file = directory.resolve("made.mp4");
            command.add(file.toString());
            Process encoder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
            try (OutputStream pixels = encoder.getOutputStream()) {
                for (BufferedImage frame : frames) {
                    pixels.write(bgra(frame));
                }
            }
            encoder.waitFor();
            byte[] made = Files.readAllBytes(file);
            Files.delete(file);
            Files.delete(directory);
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] bgra(BufferedImage image) {
        int[] pixels = image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
        ByteBuffer bytes = ByteBuffer.allocate(4 * pixels.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asIntBuffer().put(pixels);
        return bytes.array();
    }

    /** The same video, turned as a phone does it: by the matrix of its track header. */
    public static byte[] turned(byte[] mp4, int a, int b, int c, int d) {
        byte[] turned = mp4.clone();
        int matrix = find(turned, "tkhd") + 4 + 40;
        ByteBuffer file = ByteBuffer.wrap(turned);
        file.putInt(matrix, a << 16).putInt(matrix + 4, b << 16).putInt(matrix + 12, c << 16);
        file.putInt(matrix + 16, d << 16);
        return turned;
    }

    /** The same file with other four letters for the last of these. */
    public static byte[] renamed(byte[] mp4, String from, String to) {
        byte[] renamed = mp4.clone();
        byte[] letters = to.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(letters, 0, renamed, find(renamed, from), letters.length);
        return renamed;
    }

    /** Where these letters stand last: the boxes that describe a video come behind its frames. */
    public static int find(byte[] file, String letters) {
        int at = new String(file, StandardCharsets.ISO_8859_1).lastIndexOf(letters);
        if (at < 0) {
            throw new IllegalArgumentException("There is no " + letters + " in this file.");
        }
        return at;
    }
}
