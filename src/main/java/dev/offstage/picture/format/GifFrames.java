package dev.offstage.picture.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * How a GIF is built: its blocks are walked through (GIF89a specification, sections 15 to 27) and no pixel is unpacked,
 * so what it costs to decode is known before it is decoded.
 *
 * @param width of the canvas, in pixels
 * @param height of the canvas, in pixels
 * @param repetitions how often the animation is repeated after its first run, 0 for ever; empty if it runs once
 * @param frames at least one, in order
 */
public record GifFrames(int width, int height, OptionalInt repetitions, List<Frame> frames) {

    /** What happens to a frame before the next one is drawn. */
    public enum Disposal {
        KEEP, CLEAR, RESTORE
    }

    /**
     * A frame's place on the canvas.
     *
     * @param delay how long it is shown, in hundredths of a second, as the file says
     * @param disposal what happens to it after that
     */
    public record Frame(int x, int y, int width, int height, int delay, Disposal disposal) {}

    private static final int HEADER = 13;
    private static final int EXTENSION = 0x21;
    private static final int IMAGE = 0x2c;
    private static final int TRAILER = 0x3b;
    private static final int GRAPHIC_CONTROL = 0xf9;
    private static final int APPLICATION = 0xff;

    private static final long LARGEST_SQUARES = 40L * 1024 * 1024;
    private static final long SQUARE_PIXELS = 512 * 512 + 256 * 256 + 64 * 64;

    /** What playing it and recording it anew takes: the canvas, what was below a frame, a frame, and the squares so far. */
    public DecodingCost cost() {
        long side = Math.min(width, height);
        long largest = frames.stream().mapToLong(frame -> (long) frame.width * frame.height).max().orElseThrow();
        long recorded = Math.min(LARGEST_SQUARES, frames.size() * SQUARE_PIXELS);
        return new DecodingCost(13 * side * side + 2 * largest + recorded + DecodingCost.SQUARES, 0);
    }

    /** Is there more than one frame? */
    public boolean animated() {
        return frames.size() > 1;
    }

    /**
     * @param file a GIF; only looked at
     * @throws UnreadableImage if it breaks off, has no frame, or is an animation beyond the limits
     */
    public static GifFrames read(ByteBuffer file, AvatarLimits limits) throws UnreadableImage {
        ByteBuffer gif = file.duplicate().order(ByteOrder.LITTLE_ENDIAN).rewind();
        if (gif.remaining() < HEADER) {
            throw breaksOff();
        }
        GifFrames frames = new Walk(gif).frames();
        if (frames.animated()) {
            frames.check(limits);
        }
        return frames;
    }

    private void check(AvatarLimits limits) throws UnreadableImage {
        long pixels = (long) width * height;
        boolean largeFrame = frames.stream()
                .anyMatch(frame -> (long) frame.width * frame.height > AvatarLimits.LARGEST_FRAME);
        if (largeFrame || pixels > AvatarLimits.LARGEST_FRAME || pixels > limits.maxPixels()
                || toDecode(pixels) > limits.maxAnimationPixels()) {
            throw new UnreadableImage("This animation has " + frames.size() + " frames of " + width + " × " + height
                    + " pixels. Choose one of at most " + limits.maxAnimationPixels()
                    + " pixels (frames × width × height), and " + AvatarLimits.LARGEST_FRAME + " a frame.");
        }
    }

    /** A frame may be larger than the canvas, and is decoded all the same. */
    private long toDecode(long canvas) {
        return frames.stream().mapToLong(frame -> Math.max(canvas, (long) frame.width * frame.height)).sum();
    }

    private static UnreadableImage breaksOff() {
        return new UnreadableImage("This GIF is broken or breaks off before its end. " + AvatarLimits.WHAT_IS_READ);
    }

    /** One way through the blocks of a file. */
    private static final class Walk {

        private final ByteBuffer gif;
        private final List<Frame> frames = new ArrayList<>();
        private int delay;
        private Disposal disposal = Disposal.KEEP;
        private OptionalInt repetitions = OptionalInt.empty();

        Walk(ByteBuffer gif) {
            this.gif = gif;
        }

        GifFrames frames() throws UnreadableImage {
            int width = unsigned(6);
            int height = unsigned(8);
            gif.position(HEADER);
            skipPalette(gif.get(10));
            walk();
            if (frames.isEmpty()) {
                throw breaksOff();
            }
            // Some programs write no size, or one that is too small: browsers go by the first frame.
            Frame first = frames.get(0);
            return new GifFrames(Math.max(width, first.x + first.width), Math.max(height, first.y + first.height),
                    repetitions, List.copyOf(frames));
        }

        /** A file that ends between two blocks lacks no more than its end marker. */
        private void walk() throws UnreadableImage {
            while (gif.hasRemaining()) {
                int block = gif.get() & 0xff;
                if (block == TRAILER) {
                    return;
                }
                if (block == EXTENSION) {
                    extension();
                } else if (block == IMAGE) {
                    image();
                } else {
                    throw breaksOff();
                }
            }
        }

        private void extension() throws UnreadableImage {
            require(2);
            int label = gif.get() & 0xff;
            int start = gif.position();
            int length = gif.get(start) & 0xff;
            skipSubBlocks();
            if (label == GRAPHIC_CONTROL && length >= 4) {
                disposal = switch (gif.get(start + 1) >> 2 & 7) {
                    case 2 -> Disposal.CLEAR;
                    case 3 -> Disposal.RESTORE;
                    default -> Disposal.KEEP;
                };
                delay = unsigned(start + 2);
            } else if (label == APPLICATION && length == 11 && gif.position() >= start + 16 && isLoop(start + 1)) {
                repetitions = OptionalInt.of(unsigned(start + 14));
            }
        }

        /** The extension that Netscape 2.0 brought: the name, then a block of three bytes, of which the first is a 1. */
        private boolean isLoop(int name) {
            byte[] found = new byte[11];
            gif.get(name, found);
            String application = new String(found, StandardCharsets.ISO_8859_1);
            return (application.equals("NETSCAPE2.0") || application.equals("ANIMEXTS1.0"))
                    && gif.get(name + 11) == 3 && gif.get(name + 12) == 1;
        }

        private void image() throws UnreadableImage {
            require(10);
            int at = gif.position();
            Frame frame = new Frame(unsigned(at), unsigned(at + 2), unsigned(at + 4), unsigned(at + 6), delay,
                    disposal);
            if (frame.width == 0 || frame.height == 0) {
                throw breaksOff();
            }
            frames.add(frame);
            if (frames.size() > AvatarLimits.MOST_FRAMES) {
                throw new UnreadableImage("This animation has more than " + AvatarLimits.MOST_FRAMES
                        + " frames: choose a shorter one.");
            }
            delay = 0;
            disposal = Disposal.KEEP;
            gif.position(at + 9);
            skipPalette(gif.get(at + 8));
            require(1);
            gif.get(); // the code size
            skipSubBlocks();
        }

        private void skipPalette(byte flags) throws UnreadableImage {
            if ((flags & 0x80) != 0) {
                int length = 3 << (flags & 7) + 1;
                require(length);
                gif.position(gif.position() + length);
            }
        }

        private void skipSubBlocks() throws UnreadableImage {
            while (true) {
                require(1);
                int length = gif.get() & 0xff;
                if (length == 0) {
                    return;
                }
                require(length);
                gif.position(gif.position() + length);
            }
        }

        private void require(int bytes) throws UnreadableImage {
            if (gif.remaining() < bytes) {
                throw breaksOff();
            }
        }

        private int unsigned(int at) {
            return Short.toUnsignedInt(gif.getShort(at));
        }
    }
}
