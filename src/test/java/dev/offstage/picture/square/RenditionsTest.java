package dev.offstage.picture.square;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.offstage.picture.format.AvatarLimits;
import dev.offstage.picture.format.GifFrames;
import dev.offstage.picture.format.MovingPictures;
import dev.offstage.picture.format.MovingPictures.Frame;
import dev.offstage.picture.format.Pictures;
import dev.offstage.picture.format.UnreadableImage;
import dev.offstage.picture.square.Squares.Square;

import javax.imageio.ImageIO;

class RenditionsTest {

    private static final AvatarLimits LIMITS = new AvatarLimits(50_000_000, 200_000_000, 500_000_000);
    private static final DecodingMemory MEMORY = new DecodingMemory(LIMITS, Duration.ofSeconds(1));
    private static final Duration SOON = Duration.ofSeconds(20);

    @Test
    void anAnimationHasAPosterAndThreeAnimations() throws Exception {
        List<Long> progress = new ArrayList<>();
        Renditions made = Renditions.of(MovingPictures.gif(600, 400, 6), LIMITS, MEMORY,
                (done, total) -> progress.add(done));

        assertThat(made.stills()).extracting(Square::size).containsExactly(512, 256, 64);
        assertThat(made.animations()).extracting(Square::size).containsExactly(512, 256, 64);
        assertThat(made.animations()).extracting(Square::contentType).containsOnly("image/gif");
        assertThat(progress).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
        for (Square square : made.animations()) {
            GifFrames frames = frames(square.content());
            int side = Math.min(400, square.size());
            assertThat(List.of(frames.width(), frames.height())).containsExactly(side, side);
            assertThat(frames.repetitions()).hasValue(0);
            assertThat(frames.frames()).hasSize(6).extracting(GifFrames.Frame::delay).containsOnly(5);
        }
    }

    @ParameterizedTest
    @CsvSource({"0,10", "1,10", "2,2", "300,300"})
    void delaysAreThoseOfBrowsers(int inFile, int shown) throws Exception {
        byte[] gif = MovingPictures.gif(7, Frame.of(plain(Color.RED), inFile), Frame.of(plain(Color.BLUE), inFile));
        GifFrames frames = frames(made(gif).animations().get(2).content());
        assertThat(frames.frames()).extracting(GifFrames.Frame::delay).containsExactly(shown, shown);
        assertThat(frames.repetitions()).isEqualTo(OptionalInt.of(7));
    }

    @Test
    void oneThatDoesNotLoopStaysSo() throws Exception {
        byte[] gif = MovingPictures.gif(-1, Frame.of(plain(Color.RED), 5), Frame.of(plain(Color.BLUE), 5));
        assertThat(frames(made(gif).animations().get(0).content()).repetitions()).isEmpty();
    }

    @Test
    void equalFramesBecomeOneThatIsShownForLonger() throws Exception {
        byte[] gif = MovingPictures.gif(0, Frame.of(plain(Color.RED), 5), Frame.of(plain(Color.RED), 7),
                Frame.of(plain(Color.BLUE), 9));
        assertThat(frames(made(gif).animations().get(0).content()).frames()).extracting(GifFrames.Frame::delay)
                .containsExactly(12, 9);
    }

    /** A small frame on the canvas, and what is below it afterwards. */
    @ParameterizedTest
    @CsvSource({"doNotDispose,ff0000ff", "restoreToPrevious,ffff0000", "restoreToBackgroundColor,00000000"})
    void framesAreComposedAsTheirDisposalSays(String disposal, String under) throws Exception {
        byte[] gif = MovingPictures.gif(0, Frame.of(plain(Color.RED), 5),
                new Frame(MovingPictures.plain(20, 20, Color.BLUE), 10, 10, disposal, 5),
                new Frame(MovingPictures.plain(20, 20, Color.GREEN), 60, 60, "none", 5));

        List<BufferedImage> shown = played(made(gif).animations().get(0).content());

        assertThat(shown).hasSize(3);
        assertThat(rgb(shown.get(0), 20, 20)).isEqualTo("ffff0000");
        assertThat(rgb(shown.get(1), 20, 20)).isEqualTo("ff0000ff");
        assertThat(rgb(shown.get(1), 70, 70)).isEqualTo("ffff0000");
        assertThat(rgb(shown.get(2), 20, 20)).isEqualTo(under);
        assertThat(rgb(shown.get(2), 70, 70)).isEqualTo("ff00ff00");
        assertThat(rgb(shown.get(2), 45, 45)).isEqualTo("ffff0000");
    }

    @Test
    void thePosterIsTheFirstFrameOnItsCanvas() throws Exception {
        byte[] gif = MovingPictures.gif(0,
                Frame.of(Pictures.quarters(120, 120, BufferedImage.TYPE_BYTE_INDEXED), 5),
                Frame.of(plain(Color.BLUE), 5));
        BufferedImage poster = ImageIO.read(new ByteArrayInputStream(made(gif).stills().get(0).content()));
        assertNear(poster, 30, 30, 0xff0000);
        assertNear(poster, 90, 90, 0xffffff);
    }

    @Test
    void noiseStaysWithinItsBytes() throws Exception {
        Random random = new Random(1);
        Frame[] frames = new Frame[150];
        for (int i = 0; i < frames.length; i++) {
            BufferedImage noise = new BufferedImage(64, 64, BufferedImage.TYPE_BYTE_INDEXED);
            byte[] pixels = new byte[64 * 64];
            random.nextBytes(pixels);
            noise.getRaster().setDataElements(0, 0, 64, 64, pixels);
            frames[i] = Frame.of(noise, 4);
        }
        Square small = made(MovingPictures.gif(0, frames)).animations().get(2);
        assertThat(small.content()).hasSizeLessThanOrEqualTo(512 * 1024);
        assertThat(frames(small.content()).frames()).hasSizeBetween(30, 75);
        assertThat(frames(small.content()).frames().stream().mapToInt(GifFrames.Frame::delay).sum())
                .isEqualTo(150 * 4);
    }

    @ParameterizedTest
    @CsvSource({"1,0,0,1,RGBW", "-1,0,0,1,GRWB", "-1,0,0,-1,WBGR", "1,0,0,-1,BWRG", "0,1,1,0,RBGW", "0,1,-1,0,BRWG",
            "0,-1,-1,0,WGBR", "0,-1,1,0,GWRB"})
    void thePosterOfAVideoIsUprightAndInItsColors(int a, int b, int c, int d, String quarters) throws Exception {
        byte[] mp4 = MovingPictures.turned(
                MovingPictures.mp4(Pictures.quarters(320, 240, BufferedImage.TYPE_INT_RGB)), a, b, c, d);

        Renditions made = made(mp4);

        assertThat(made.animations()).isEmpty();
        assertThat(made.stills()).extracting(Square::contentType).containsOnly("image/jpeg");
        BufferedImage poster = ImageIO.read(new ByteArrayInputStream(made.stills().get(1).content()));
        assertThat(List.of(poster.getWidth(), poster.getHeight())).containsExactly(240, 240);
        for (int i = 0; i < 4; i++) {
            assertNear(poster, i % 2 == 0 ? 60 : 180, i < 2 ? 60 : 180, switch (quarters.charAt(i)) {
                case 'R' -> 0xff0000;
                case 'G' -> 0x00ff00;
                case 'B' -> 0x0000ff;
                default -> 0xffffff;
            });
        }
    }

    @Test
    void aVideoThatIsNoMultipleOfSixteenIsCropped() throws Exception {
        byte[] mp4 = MovingPictures.mp4(Pictures.quarters(102, 90, BufferedImage.TYPE_INT_RGB));
        BufferedImage poster = ImageIO.read(new ByteArrayInputStream(made(mp4).stills().get(0).content()));
        assertThat(List.of(poster.getWidth(), poster.getHeight())).containsExactly(90, 90);
        assertNear(poster, 80, 88, 0xffffff);
    }

    @Test
    void hostileAnimationsAreRefusedOrResized() {
        hostile(MovingPictures.gif(0,
                Frame.of(Pictures.quarters(40, 30, BufferedImage.TYPE_BYTE_INDEXED), 5),
                new Frame(MovingPictures.plain(10, 8, Color.BLUE), 5, 6, "restoreToPrevious", 0),
                new Frame(MovingPictures.plain(4, 4, Color.BLUE), 0, 0, "restoreToBackgroundColor", 3)), 100, 400);
    }

    @Test
    void hostileVideosAreRefusedOrResized() {
        hostile(MovingPictures.mp4(Pictures.quarters(64, 48, BufferedImage.TYPE_INT_RGB),
                Pictures.quarters(64, 48, BufferedImage.TYPE_INT_RGB)), 30, 60); // each a process of its own
    }

    /** Cut at many places, and with a few bytes changed: anything else that is thrown fails the test, as does an endless loop. */
    private static void hostile(byte[] whole, int cuts, int changes) {
        assertTimeoutPreemptively(SOON, () -> {
            int step = Math.max(1, whole.length / cuts);
            for (int length = 1; length < whole.length; length += step) {
                isMade(Arrays.copyOf(whole, length));
            }
            Random random = new Random(7);
            int read = 0;
            for (int i = 0; i < changes; i++) {
                byte[] changed = whole.clone();
                for (int j = random.nextInt(4); j >= 0; j--) {
                    changed[random.nextInt(changed.length)] = (byte) random.nextInt();
                }
                read += isMade(changed) ? 1 : 0;
            }
            assertThat(read).isBetween(1, changes - 1);
        });
    }

    private static boolean isMade(byte[] file) throws InterruptedException {
        try {
            assertThat(made(file).stills()).hasSize(3);
            return true;
        } catch (UnreadableImage e) {
            assertThat(e.getMessage()).endsWith(".");
            return false;
        }
    }

    @Test
    void anInterruptEndsIt() {
        byte[] gif = MovingPictures.gif(100, 100, 3);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> made(gif)).isInstanceOf(InterruptedException.class);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        byte[] mp4 = MovingPictures.mp4(Pictures.quarters(64, 48, BufferedImage.TYPE_INT_RGB));
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> made(mp4)).isInstanceOf(InterruptedException.class);
    }

    private static BufferedImage plain(Color color) {
        return MovingPictures.plain(100, 100, color);
    }

    private static Renditions made(byte[] file) throws UnreadableImage, InterruptedException {
        return Renditions.of(file, LIMITS, MEMORY, (done, total) -> assertThat(done).isLessThanOrEqualTo(total));
    }

    private static GifFrames frames(byte[] gif) throws UnreadableImage {
        return GifFrames.read(ByteBuffer.wrap(gif), LIMITS);
    }

    /** As a browser shows it. */
    private static List<BufferedImage> played(byte[] gif) throws Exception {
        List<BufferedImage> shown = new ArrayList<>();
        new GifPlayer(gif, frames(gif)).play((picture, delay, number) -> {
            BufferedImage copy = new BufferedImage(picture.getWidth(), picture.getHeight(),
                    BufferedImage.TYPE_INT_ARGB);
            Graphics2D graphics = copy.createGraphics();
            graphics.drawImage(picture, 0, 0, null);
            graphics.dispose();
            shown.add(copy);
            return true;
        });
        return shown;
    }

    private static String rgb(BufferedImage picture, int x, int y) {
        return String.format("%08x", picture.getRGB(x, y));
    }

    private static void assertNear(BufferedImage picture, int x, int y, int expected) {
        Color found = new Color(picture.getRGB(x, y));
        Color wanted = new Color(expected);
        assertThat(found.getRed()).isCloseTo(wanted.getRed(), within(24));
        assertThat(found.getGreen()).isCloseTo(wanted.getGreen(), within(24));
        assertThat(found.getBlue()).isCloseTo(wanted.getBlue(), within(24));
    }
}
