package dev.offstage.picture.square;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import dev.offstage.picture.format.AvatarLimits;
import dev.offstage.picture.format.ContentType;
import dev.offstage.picture.format.Ffmpeg;
import dev.offstage.picture.format.GifFrames;
import dev.offstage.picture.format.UnreadableImage;
import dev.offstage.picture.square.AnimatedSquares.Progress;
import dev.offstage.picture.square.Squares.Square;

/**
 * What is made of an uploaded avatar.
 *
 * @param stills three squares: of the picture, of the first frame of an animation, or of the first key frame of a video
 * @param animations three squares that move, for an animated GIF; otherwise empty
 */
public record Renditions(List<Square> stills, List<Square> animations) {

    /**
     * @param memory of which each decoder takes a share
     * @param progress told of the frames of an animation
     * @throws UnreadableImage if no later attempt can read it either
     * @throws InterruptedException between frames
     */
    public static Renditions of(byte[] file, AvatarLimits limits, DecodingMemory memory, Progress progress)
            throws UnreadableImage, InterruptedException {
        String contentType = ContentType.of(ByteBuffer.wrap(file)).orElse("");
        if (contentType.equals(ContentType.MP4)) {
            return new Renditions(new VideoPoster(Ffmpeg.installed(), limits, memory).squares(file), List.of());
        }
        if (contentType.equals(ContentType.GIF)) {
            GifFrames frames = GifFrames.read(ByteBuffer.wrap(file), limits);
            if (frames.animated()) {
                return memory.with(frames.cost(), () -> ofAnimation(new GifPlayer(file, frames), frames, progress));
            }
        }
        return new Renditions(Squares.of(file, limits, memory), List.of());
    }

    private static Renditions ofAnimation(GifPlayer player, GifFrames frames, Progress progress)
            throws UnreadableImage, InterruptedException {
        List<Square> posters = new ArrayList<>();
        player.play((picture, delay, number) -> {
            posters.addAll(Squares.of(picture));
            return false;
        });
        return new Renditions(posters, new AnimatedSquares(player, frames, progress).make());
    }
}
