package dev.offstage.picture.square;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import dev.offstage.picture.AvatarUpload;
import dev.offstage.picture.format.AvatarLimits;
import dev.offstage.picture.format.Ffmpeg;
import dev.offstage.picture.format.MovingPictures;
import dev.offstage.picture.format.Mp4Video;
import dev.offstage.picture.format.Pictures;
import dev.offstage.picture.format.UnreadableImage;

import javax.imageio.ImageIO;

/** What bounds ffmpeg: by ffmpeg itself with files of strangers, and by programs that take its place. */
class VideoPosterTest {

    private static final AvatarLimits LIMITS = new AvatarLimits(50_000_000, 200_000_000, 500_000_000);
    private static final DecodingMemory MEMORY = new DecodingMemory(LIMITS, Duration.ofSeconds(1));
    private static final Ffmpeg NONE = new Ffmpeg("/nowhere:.");
    private static final int MANY = 2_000_000_000;

    @TempDir
    Path directory;

    private final byte[] mp4 = MovingPictures.mp4(Pictures.quarters(64, 48, BufferedImage.TYPE_INT_RGB),
            Pictures.quarters(64, 48, BufferedImage.TYPE_INT_RGB));

    @Test
    void withoutTheProgramAVideoIsRefusedAtTheSignUp() throws Exception {
        Path file = Files.write(directory.resolve("me.mp4"), mp4);

        assertThatThrownBy(() -> AvatarUpload.check(file, LIMITS, NONE)).isInstanceOf(UnreadableImage.class)
                .hasMessageContaining("ffmpeg is not installed");
        assertThat(AvatarUpload.check(file, LIMITS, Ffmpeg.installed()).contentType()).isEqualTo("video/mp4");
    }

    @Test
    void withoutTheProgramAWorkerTriesAgainLater() {
        assertThatThrownBy(() -> decoded(NONE, mp4)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("install it");
    }

    /** Tables that claim to be endless, and places beyond the file: at worst there is no picture. */
    @ParameterizedTest
    @ValueSource(strings = {"stsz", "stsc", "stco", "stts"})
    void endlessTablesEnd(String table) {
        int count = MovingPictures.find(mp4, table) + 4 + (table.equals("stsz") ? 8 : 4);
        for (int claimed : new int[]{Integer.MAX_VALUE, -1, 1 << 29}) {
            ByteBuffer.wrap(mp4).putInt(count, claimed);
            assertMadeOrRefusedSoon();
        }
    }

    /** Samples of one size need no table, so there can be two thousand million in a chunk: no list of them has room. */
    @Test
    void twoThousandMillionSamplesAreRefused() {
        ByteBuffer boxes = ByteBuffer.wrap(mp4);
        boxes.putInt(MovingPictures.find(mp4, "stsz") + 8, 1).putInt(MovingPictures.find(mp4, "stsz") + 12, MANY);
        boxes.putInt(MovingPictures.find(mp4, "stsc") + 4 + 8 + 4, MANY);

        assertMadeOrRefusedSoon();
    }

    private void assertMadeOrRefusedSoon() {
        assertTimeoutPreemptively(Duration.ofSeconds(10), () -> {
            try {
                assertThat(decoded(Ffmpeg.installed(), mp4)).hasSize(3);
            } catch (UnreadableImage e) {
                assertThat(e.getMessage()).contains("no key frame can be decoded (ffmpeg: ");
            }
        });
    }

    /** The container may say less than the H.264 data: that has the last word. */
    @Test
    void aVideoThatIsLargerThanItSaysIsRefused() {
        byte[] large = MovingPictures.mp4(MovingPictures.plain(3_080, 3_080, Color.RED));
        ByteBuffer.wrap(large).putInt(MovingPictures.find(large, "avc1") + 4 + 24, 16 << 16 | 16);

        assertThatThrownBy(() -> decoded(Ffmpeg.installed(), large)).isInstanceOf(UnreadableImage.class);
    }

    /** Where the file does not say what its colours mean: BT.601 up to 576 lines, above that BT.709. */
    @ParameterizedTest
    @CsvSource({"480,bt601", "720,bt709"})
    void coloursAreThoseOfItsSize(int height, String matrix) throws Exception {
        Color colour = new Color(40, 200, 90);
        BufferedImage plain = new BufferedImage(height, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = plain.createGraphics();
        graphics.setColor(colour);
        graphics.fillRect(0, 0, height, height);
        graphics.dispose();
        byte[] silent = MovingPictures.mp4(
                List.of("-vf", "scale=out_color_matrix=" + matrix + ",setparams=colorspace=unknown"), plain);

        byte[] square = decoded(Ffmpeg.installed(), silent).get(0).content();

        Color seen = new Color(ImageIO.read(new ByteArrayInputStream(square)).getRGB(100, 100));
        assertThat(seen.getRed()).isCloseTo(colour.getRed(), within(6));
        assertThat(seen.getGreen()).isCloseTo(colour.getGreen(), within(6));
        assertThat(seen.getBlue()).isCloseTo(colour.getBlue(), within(6));
    }

    @Test
    void theProgramIsBoundedAndKnowsNothing() throws Exception {
        Ffmpeg tells = program(
                "echo data $(ulimit -d), seconds $(ulimit -S -t), blocks $(ulimit -f), $(env | wc -l) words >&2"
                        + "\nexit 1");

        long kibibytes = Mp4Video.read(ByteBuffer.wrap(mp4)).cost().nativeBytes() / 1024
                + VideoPoster.NEVER_WRITTEN_KIB;
        // What a shell sets by itself: PWD, and perhaps OLDPWD, SHLVL and _.
        assertThatThrownBy(() -> decoded(tells, mp4)).isInstanceOf(UnreadableImage.class)
                .message()
                .containsPattern("data " + kibibytes + ", seconds 10, blocks 2048, [0-4] words");
    }

    @ParameterizedTest
    @ValueSource(strings = {"exec head -c 4000000 /dev/zero", "exec awk 'BEGIN { s = \"x\"; while (1) s = s s }'",
            "exit 0", "exit 1", "echo this is no picture"})
    void aProgramThatWritesOrTakesTooMuchOrNothingMakesNoPicture(String script) throws Exception {
        Ffmpeg program = program(script);

        assertThatThrownBy(() -> decoded(program, mp4)).isInstanceOf(UnreadableImage.class);
    }

    @Test
    void oneThatWasKilledIsTriedAgain() throws Exception {
        Ffmpeg killed = program("kill -9 $$");

        assertThatThrownBy(() -> decoded(killed, mp4)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("killed");
    }

    @Test
    void anInterruptKillsTheProgramAndLeavesNothing() throws Exception {
        Ffmpeg silent = program("echo $$ > " + directory.resolve("id") + "\npwd > " + directory.resolve("place")
                + "\nexec sleep 600");
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread attempt = new Thread(() -> {
            try {
                decoded(silent, mp4);
            } catch (UnreadableImage | InterruptedException | RuntimeException e) {
                thrown.set(e);
            }
        });
        attempt.start();
        await().until(() -> Files.exists(directory.resolve("place")) && Files.size(directory.resolve("place")) > 0);
        long id = Long.parseLong(Files.readString(directory.resolve("id")).strip());
        Path place = Path.of(Files.readString(directory.resolve("place")).strip());
        assertThat(Files.exists(place.resolve("video"))).isTrue();

        attempt.interrupt();
        attempt.join(TimeUnit.SECONDS.toMillis(10));

        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
        assertThat(ProcessHandle.of(id)).isEmpty();
        assertThat(place).doesNotExist();
    }

    private Ffmpeg program(String script) throws Exception {
        Path file = Files.writeString(directory.resolve("ffmpeg"), "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
        return new Ffmpeg(directory.toString());
    }

    private static List<Squares.Square> decoded(Ffmpeg ffmpeg, byte[] file)
            throws UnreadableImage, InterruptedException {
        return new VideoPoster(ffmpeg, LIMITS, MEMORY).squares(file);
    }
}
