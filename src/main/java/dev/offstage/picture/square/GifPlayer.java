package dev.offstage.picture.square;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.io.IOException;
import java.util.Arrays;

import dev.offstage.picture.format.ContentType;
import dev.offstage.picture.format.GifFrames;
import dev.offstage.picture.format.GifFrames.Disposal;
import dev.offstage.picture.format.GifFrames.Frame;
import dev.offstage.picture.format.ImageHeader;
import dev.offstage.picture.format.UnreadableImage;

import javax.imageio.ImageReader;

/**
 * Plays an animated GIF as a browser does: each frame is drawn over what the ones before it have left (GIF89a
 * specification, section 23). Only the middle square of the canvas is composed.
 */
final class GifPlayer {

    /** In hundredths of a second: browsers show a frame that is meant to be shorter for this long. */
    private static final int USUAL_DELAY = 10;
    private static final int SHORTEST_DELAY = 2;

    /** Takes the frames. */
    interface Screen {

        /**
         * @param picture the composed square; drawn on afterwards, so not to be kept
         * @param delay in hundredths of a second
         * @param number of the frame, from 0
         * @return false if no more frames are wanted
         */
        boolean show(BufferedImage picture, int delay, int number);
    }

    private final byte[] file;
    private final GifFrames frames;
    private final int side;
    private final int left;
    private final int top;
    private final BufferedImage picture;
    private final int[] canvas;
    /** Of all its runs together. */
    private final DecodingTime time = new DecodingTime();

    GifPlayer(byte[] file, GifFrames frames) {
        this.file = file;
        this.frames = frames;
        this.side = Math.min(frames.width(), frames.height());
        this.left = (frames.width() - side) / 2;
        this.top = (frames.height() - side) / 2;
        this.picture = new BufferedImage(side, side, BufferedImage.TYPE_INT_ARGB);
        this.canvas = ((DataBufferInt) picture.getRaster().getDataBuffer()).getData();
    }

    /**
     * Plays it once, from its first frame.
     *
     * @throws UnreadableImage if a frame is broken
     * @throws InterruptedException between frames
     */
    void play(Screen screen) throws UnreadableImage, InterruptedException {
        Arrays.fill(canvas, 0);
        ImageReader reader = ImageHeader.reader(ContentType.GIF);
        try (DecoderInput input = new DecoderInput(file, time)) {
            input.readBy(reader);
            int[] before = null;
            for (int number = 0; number < frames.frames().size(); number++) {
                time.check();
                Frame frame = frames.frames().get(number);
                if (frame.disposal() == Disposal.RESTORE) {
                    before = canvas.clone();
                }
                BufferedImage drawn = reader.read(number);
                time.check();
                draw(drawn, frame);
                int delay = frame.delay() < SHORTEST_DELAY ? USUAL_DELAY : frame.delay();
                if (!screen.show(picture, delay, number)) {
                    return;
                }
                dispose(frame, before);
            }
        } catch (IOException | RuntimeException e) {
            time.check();
            // The reader answers broken files with whatever it stumbles over, such as IndexOutOfBoundsException.
            throw new UnreadableImage("The animation is broken and cannot be decoded (" + e + "). Upload another one.",
                    e);
        } finally {
            reader.dispose();
        }
    }

    private void draw(BufferedImage drawn, Frame frame) {
        int from = Math.max(left, frame.x());
        int width = Math.min(left + side, frame.x() + drawn.getWidth()) - from;
        if (width <= 0) {
            return;
        }
        int[] row = new int[width];
        int bottom = Math.min(top + side, frame.y() + drawn.getHeight());
        for (int y = Math.max(top, frame.y()); y < bottom; y++) {
            drawn.getRGB(from - frame.x(), y - frame.y(), width, 1, row, 0, width);
            int at = (y - top) * side + from - left;
            for (int x = 0; x < width; x++) {
                if (row[x] >>> 24 != 0) {
                    canvas[at + x] = row[x];
                }
            }
        }
    }

    private void dispose(Frame frame, int[] before) {
        if (frame.disposal() == Disposal.RESTORE) {
            System.arraycopy(before, 0, canvas, 0, canvas.length);
        } else if (frame.disposal() == Disposal.CLEAR) {
            int from = Math.max(0, frame.x() - left);
            int to = Math.min(side, frame.x() + frame.width() - left);
            int bottom = Math.min(side, frame.y() + frame.height() - top);
            for (int y = Math.max(0, frame.y() - top); y < bottom && from < to; y++) {
                Arrays.fill(canvas, y * side + from, y * side + to, 0);
            }
        }
    }
}
