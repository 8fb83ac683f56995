package dev.offstage.picture.square;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.offstage.job.WorkerBusy;
import dev.offstage.picture.AvatarUpload;
import dev.offstage.picture.format.AvatarLimits;
import dev.offstage.picture.format.DecodingCost;
import dev.offstage.picture.format.Ffmpeg;
import dev.offstage.picture.format.Pictures;
import dev.offstage.picture.format.UnreadableImage;

/** What strangers send to stop a worker. */
class HostilePicturesIT {

    private static final boolean FULL = "full".equals(System.getProperty("offstage.faults"));
    private static final long MEGA = 1_000_000;
    /** Of a pod of 512 MiB. */
    private static final AvatarLimits LIMITS = new AvatarLimits(50_000_000, 100_000_000, 128 * MEGA);

    @TempDir
    Path directory;

    /** The short form has a hundred files of each format, the full one a thousand. */
    @Test
    void aWorkerOfASmallPodLives() throws Exception {
        Path output = directory.resolve("output");
        Process worker = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx307m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", "-cp",
                System.getProperty("java.class.path"), HostilePictures.class.getName(), FULL ? "1000" : "100")
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(worker.waitFor(FULL ? 20 : 4, TimeUnit.MINUTES)).as(Files.readString(output)).isTrue();
        } finally {
            worker.destroyForcibly();
        }
        String said = Files.readString(output);
        if (FULL) {
            System.out.println(said);
        }
        assertThat(worker.exitValue()).as(said).isZero();
        assertThat(said).endsWith(HostilePictures.SURVIVED + System.lineSeparator()).doesNotContain("[WARN]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"lossless-sof3-7071.jpg", "progressive-300-scans.jpg", "lossless-7071.webp",
            "50000000x1.png"})
    void whatCanNeverBeDecodedIsRefusedAtTheSignUp(String bomb) throws Exception {
        Path file = directory.resolve(bomb);
        Files.write(file, HostilePictures.resource(bomb));

        assertThatThrownBy(() -> AvatarUpload.check(file, LIMITS, Ffmpeg.installed()))
                .isInstanceOf(UnreadableImage.class)
                .message()
                .containsPattern("[Ss]ave (it|a picture) as an ordinary JPEG");
    }

    @Test
    void aTransformOfLosslessWebpComesOnce() {
        AvatarLimits generous = new AvatarLimits(50_000_000, 0, 1_000 * MEGA);
        assertThatThrownBy(() -> Squares.of(HostilePictures.transforms(), generous,
                new DecodingMemory(generous, Duration.ZERO))).isInstanceOf(UnreadableImage.class)
                .hasMessageContaining("broken");
    }

    @Test
    void aDecoderWaitsForItsShareAndThenItsJobGoesBack() throws Exception {
        DecodingMemory memory = new DecodingMemory(LIMITS, Duration.ofMillis(50));
        byte[] png = Pictures.pngClaiming(10, 10);
        memory.with(new DecodingCost(LIMITS.decodingMemory(), 0), () -> {
            assertThatThrownBy(() -> Squares.of(png, LIMITS, memory)).isInstanceOf(WorkerBusy.class);
            return null;
        });
        assertThatThrownBy(() -> Squares.of(png, LIMITS, memory)).as("it has its share and is broken")
                .isInstanceOf(UnreadableImage.class);
        assertThat(memory.with(new DecodingCost(LIMITS.decodingMemory(), 0), () -> "all of it is there again"))
                .isNotNull();
    }

    @Test
    void whoWaitsCanBeInterrupted() throws Exception {
        DecodingMemory memory = new DecodingMemory(LIMITS, Duration.ofMinutes(1));
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        CountDownLatch began = new CountDownLatch(1);
        memory.with(new DecodingCost(LIMITS.decodingMemory(), 0), () -> {
            Thread waiting = new Thread(() -> {
                began.countDown();
                try {
                    memory.with(new DecodingCost(MEGA, 0), () -> null);
                } catch (UnreadableImage | InterruptedException e) {
                    thrown.set(e);
                }
            });
            waiting.start();
            began.await();
            waiting.interrupt();
            waiting.join(TimeUnit.SECONDS.toMillis(20));
            return null;
        });
        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
    }

    /** Native memory comes on top of a heap that may be full. */
    @Test
    void nativeMemoryCountsTwice() {
        assertThat(new DecodingCost(3, 4).bytes()).isEqualTo(11);
    }

    @Test
    void anInterruptStopsADecoder() {
        DecodingMemory memory = new DecodingMemory(LIMITS, Duration.ofMinutes(1));
        for (String format : List.of("jpeg", "png", "gif")) {
            byte[] file = Pictures.file(Pictures.quarters(300, 300, 1), format);
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> Squares.of(file, LIMITS, memory)).as(format)
                    .isInstanceOf(InterruptedException.class);
            assertThat(Thread.interrupted()).isFalse();
        }
    }
}
