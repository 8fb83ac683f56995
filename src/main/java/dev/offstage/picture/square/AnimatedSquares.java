package dev.offstage.picture.square;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

import dev.offstage.picture.format.ContentType;
import dev.offstage.picture.format.GifFrames;
import dev.offstage.picture.format.UnreadableImage;
import dev.offstage.picture.square.Squares.Square;

/**
 * Makes the squares of an animated GIF that move, with its delays and its loop. One that would have too many bytes keeps
 * only every second frame, or every third, and so on, for as long as those between would have been shown.
 */
final class AnimatedSquares {

    /** A side, in pixels, and how many bytes it may have. */
    private enum Size {
        LARGE(512, 8 * 1024 * 1024), MEDIUM(256, 3 * 1024 * 1024), SMALL(64, 512 * 1024);

        private final int side;
        private final long most;

        Size(int side, long most) {
            this.side = side;
            this.most = most;
        }
    }

    /** Told how far it is. */
    public interface Progress {
        void progress(long done, long total);
    }

    private final GifPlayer player;
    private final GifFrames frames;
    private final Progress progress;
    private final Map<Size, Integer> steps = new EnumMap<>(Size.class);
    private final List<Square> squares = new ArrayList<>();

    AnimatedSquares(GifPlayer player, GifFrames frames, Progress progress) {
        this.player = player;
        this.frames = frames;
        this.progress = progress;
        for (Size size : Size.values()) {
            steps.put(size, 1);
        }
    }

    /**
     * The three squares, largest first.
     *
     * @throws UnreadableImage if a frame is broken
     * @throws InterruptedException between frames
     */
    List<Square> make() throws UnreadableImage, InterruptedException {
        while (!steps.isEmpty()) {
            Map<Size, GifRecorder> recorders = new EnumMap<>(Size.class);
            steps.keySet().forEach(size -> recorders.put(size, new GifRecorder(frames.repetitions())));
            try {
                player.play((picture, delay, number) -> record(recorders, picture, delay, number));
                recorders.forEach((size, recorder) -> keep(size, recorder.finish()));
            } finally {
                recorders.values().forEach(GifRecorder::close);
            }
        }
        squares.sort((a, b) -> b.size() - a.size());
        return squares;
    }

    private boolean record(Map<Size, GifRecorder> recorders, BufferedImage picture, int delay, int number) {
        BufferedImage square = picture;
        for (Size size : List.copyOf(recorders.keySet())) {
            GifRecorder recorder = recorders.get(size);
            if (number % steps.get(size) != 0) {
                recorder.lengthen(delay);
                continue;
            }
            square = Squares.shrunk(square, size.side);
            recorder.add(square, delay);
            if (recorder.size() > size.most) {
                recorders.remove(size).close();
                leaveOutMore(size, number);
            }
        }
        progress.progress(number + 1L, frames.frames().size());
        return !recorders.isEmpty();
    }

    private void keep(Size size, byte[] content) {
        if (content.length > size.most && steps.get(size) < frames.frames().size()) {
            leaveOutMore(size, frames.frames().size());
        } else {
            steps.remove(size);
            squares.add(new Square(size.side, ContentType.GIF, content));
        }
    }

    /** @param fitted so many frames had room */
    private void leaveOutMore(Size size, int fitted) {
        int times = Math.max(2, (frames.frames().size() - 1) / Math.max(1, fitted) + 1);
        steps.merge(size, times, (step, by) -> step * by);
    }
}
