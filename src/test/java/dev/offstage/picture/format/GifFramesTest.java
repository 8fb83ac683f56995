package dev.offstage.picture.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.Color;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.offstage.picture.format.GifFrames.Disposal;
import dev.offstage.picture.format.MovingPictures.Frame;

class GifFramesTest {

    private static final AvatarLimits LIMITS = new AvatarLimits(50_000_000, 200_000_000, 500_000_000);

    @Test
    void framesHaveAPlaceADelayAndADisposal() throws Exception {
        byte[] gif = MovingPictures.gif(3, Frame.of(MovingPictures.plain(40, 30, Color.RED), 7),
                new Frame(MovingPictures.plain(10, 8, Color.BLUE), 5, 6, "restoreToPrevious", 0),
                new Frame(MovingPictures.plain(4, 4, Color.BLUE), 0, 0, "restoreToBackgroundColor", 300));

        assertThat(read(gif)).isEqualTo(new GifFrames(40, 30, OptionalInt.of(3), List.of(
                new GifFrames.Frame(0, 0, 40, 30, 7, Disposal.KEEP),
                new GifFrames.Frame(5, 6, 10, 8, 0, Disposal.RESTORE),
                new GifFrames.Frame(0, 0, 4, 4, 300, Disposal.CLEAR))));
    }

    @Test
    void aLoneFrameIsNoAnimation() throws Exception {
        GifFrames still = read(MovingPictures.gif(-1, Frame.of(MovingPictures.plain(40, 30, Color.RED), 7)));
        assertThat(still.animated()).isFalse();
        assertThat(still.repetitions()).isEmpty();
    }

    @Test
    void whereverItIsCutItIsRefusedOrLacksWholeFrames() throws Exception {
        byte[] gif = MovingPictures.gif(20, 20, 4);
        int refused = 0;
        for (int length = 6; length < gif.length; length++) {
            try {
                assertThat(read(Arrays.copyOf(gif, length)).frames()).hasSizeBetween(1, 4);
            } catch (UnreadableImage e) {
                assertThat(e).hasMessageContaining("breaks off");
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(gif.length - 20);
    }

    /** Sizes in a header cost nothing and are not believed. */
    @ParameterizedTest
    @CsvSource({"6, 65535", "8, 65535", "6, 10000"})
    void anEnormousCanvasIsRefused(int offset, int value) {
        byte[] gif = MovingPictures.gif(2_000, 2_000, 2);
        ByteBuffer.wrap(gif).order(ByteOrder.LITTLE_ENDIAN).putShort(offset, (short) value);
        assertThatThrownBy(() -> read(gif)).isInstanceOf(UnreadableImage.class).hasMessageContaining("2 frames");
    }

    @Test
    void framesThatAreLargerThanTheCanvasCount() {
        Frame[] frames = new Frame[10];
        Arrays.fill(frames, Frame.of(MovingPictures.plain(400, 400, Color.RED), 7));
        frames[0] = Frame.of(MovingPictures.plain(1, 1, Color.RED), 7);
        ByteBuffer gif = ByteBuffer.wrap(MovingPictures.gif(0, frames));

        assertThatThrownBy(() -> GifFrames.read(gif, new AvatarLimits(1_000_000, 1_000_000, 500_000_000)))
                .isInstanceOf(UnreadableImage.class)
                .hasMessageContaining("10 frames");
    }

    @Test
    void framesTimesPixelsAreLimited() throws Exception {
        byte[] gif = MovingPictures.gif(100, 100, 10);
        assertThat(GifFrames.read(ByteBuffer.wrap(gif), new AvatarLimits(10_000, 100_000, 500_000_000)).frames())
                .hasSize(10);
        assertThatThrownBy(() -> GifFrames.read(ByteBuffer.wrap(gif), new AvatarLimits(10_000, 99_999, 500_000_000)))
                .isInstanceOf(UnreadableImage.class)
                .hasMessageContaining("10 frames of 100 × 100")
                .hasMessageContaining("99999");
    }

    @Test
    void thousandsOfTinyFramesAreRefused() {
        byte[] gif = tinyFrames(2_001);
        assertThatThrownBy(() -> read(gif)).isInstanceOf(UnreadableImage.class).hasMessageContaining("2000 frames");
    }

    private static byte[] tinyFrames(int count) {
        byte[] one = MovingPictures.gif(-1, Frame.of(MovingPictures.plain(1, 1, Color.RED), 1));
        int frame = MovingPictures.find(one, "\u0021\u00f9\u0004");
        ByteBuffer file = ByteBuffer.allocate(one.length * count).put(one, 0, frame);
        for (int i = 0; i < count; i++) {
            file.put(one, frame, one.length - 1 - frame);
        }
        return Arrays.copyOf(file.array(), file.position());
    }

    private static GifFrames read(byte[] gif) throws UnreadableImage {
        return GifFrames.read(ByteBuffer.wrap(gif), LIMITS);
    }
}
