package dev.offstage.picture.square;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

import dev.offstage.picture.format.AvatarLimits;
import dev.offstage.picture.format.Ffmpeg;
import dev.offstage.picture.format.Mp4Video;
import dev.offstage.picture.format.UnreadableImage;
import dev.offstage.picture.square.Squares.Square;

/**
 * Has ffmpeg decode one frame of a video, in a process of its own. The kernel bounds what that allocates, computes and
 * writes; it reads one file, by one demuxer and one decoder, and gets neither our environment nor a network.
 */
final class VideoPoster {

    /** Memory in KiB, seconds of processor time, and 512 bytes of each file; no core dumps, and little stacks, which count as memory. */
    private static final String BOUNDED = "ulimit -c 0 && ulimit -s 1024 && ulimit -d \"$0\" && ulimit -S -t 10"
            + " && ulimit -f 2048 && exec \"$@\"";
    private static final int KIB = 1024;
    /** The kernel counts what libraries could write to; of those that ffmpeg has, 30 MiB are never touched. */
    static final int NEVER_WRITTEN_KIB = 32 * 1024;
    /** Much more than the processor time, for a machine that is busy; less than an attempt may take. */
    private static final int PATIENCE_SECONDS = 20;
    /** As Java tells SIGKILL, which nothing here sends to a process that it still waits for. */
    private static final int KILLED = 128 + 9;
    private static final int MOST_SAID = 200;
    /** Where a video does not say what its colours mean, players take the old standard for old formats. */
    private static final int TALLEST_OLD_FORMAT = 576;
    private static final String VIDEO = "video";
    private static final String PICTURE = "picture";
    private static final String SAID = "said";
    private static final String MIDDLE = "crop='min(iw,ih)':'min(iw,ih)',scale='min(512,iw)':-1:flags=area";

    private final Ffmpeg ffmpeg;
    private final AvatarLimits limits;
    private final DecodingMemory memory;

    /** @param memory of which the program takes a share, and then the reader of its picture */
    VideoPoster(Ffmpeg ffmpeg, AvatarLimits limits, DecodingMemory memory) {
        this.ffmpeg = ffmpeg;
        this.limits = limits;
        this.memory = memory;
    }

    /**
     * The squares of the first key frame that can be decoded.
     *
     * @throws UnreadableImage if there is none
     * @throws IllegalStateException if it may well be read at another time, or by another worker
     */
    List<Square> squares(byte[] file) throws UnreadableImage, InterruptedException {
        Mp4Video video = Mp4Video.read(ByteBuffer.wrap(file));
        Path program = ffmpeg.program()
                .orElseThrow(() -> new IllegalStateException("The program ffmpeg is not installed where this worker"
                        + " runs, though it was where the video was taken: install it, and redrive this job."));
        return Squares.of(decoded(program, video, file), limits, memory);
    }

    private byte[] decoded(Path program, Mp4Video video, byte[] file) throws UnreadableImage, InterruptedException {
        return memory.with(video.cost(), () -> {
            try {
                return decodedIn(Files.createTempDirectory("offstage-video"), program, video, file);
            } catch (IOException e) {
                if (Thread.interrupted()) {
                    throw new InterruptedException(); // in the midst of writing, too
                }
                throw new UncheckedIOException("A video could not be given to ffmpeg, or its picture not be read.", e);
            }
        });
    }

    private byte[] decodedIn(Path directory, Path program, Mp4Video video, byte[] file)
            throws IOException, UnreadableImage, InterruptedException {
        try {
            Files.write(directory.resolve(VIDEO), file);
            return run(command(program, video), directory);
        } finally {
            for (String name : List.of(VIDEO, PICTURE, SAID)) {
                Files.deleteIfExists(directory.resolve(name));
            }
            Files.delete(directory);
        }
    }

    private static List<String> command(Path program, Mp4Video video) {
        return List.of(Ffmpeg.SHELL, "-c", BOUNDED, Long.toString(video.cost().nativeBytes() / KIB + NEVER_WRITTEN_KIB),
                program.toString(),
                "-nostdin", "-v", "error", "-filter_threads", "1",
                // It may open this file, and no other that the file names.
                "-protocol_whitelist", "file", "-f", "mov", "-enable_drefs", "0", "-codec_whitelist", "h264",
                // One frame at a time, and none that needs others.
                "-threads", "1", "-flags", "low_delay", "-skip_frame", "nokey", "-err_detect", "explode",
                "-max_pixels", Integer.toString(AvatarLimits.LARGEST_VIDEO),
                "-colorspace", video.height() > TALLEST_OLD_FORMAT ? "bt709" : "smpte170m",
                "-i", "file:" + VIDEO, "-map", "0:v:0", "-frames:v", "1", "-vf", MIDDLE,
                "-threads", "1", "-f", "image2pipe", "-c:v", "png", "pipe:1");
    }

    private static byte[] run(List<String> command, Path directory)
            throws IOException, UnreadableImage, InterruptedException {
        Path picture = directory.resolve(PICTURE);
        Path said = directory.resolve(SAID);
        // Files and not pipes: they have an end, and waiting for a process can be interrupted.
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile())
                .redirectOutput(picture.toFile())
                .redirectError(said.toFile());
        builder.environment().clear();
        Process process = builder.start();
        try {
            process.getOutputStream().close();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("ffmpeg did not decode a video within " + PATIENCE_SECONDS
                        + " s, nor with the processor time that it may take: is this machine busy?");
            }
        } finally {
            process.destroyForcibly().onExit().join(); // its memory is free before others may have it
        }
        if (process.exitValue() == KILLED) {
            throw new IllegalStateException("ffmpeg was killed from outside while it decoded a video.");
        }
        if (process.exitValue() != 0 || Files.size(picture) == 0) {
            throw new UnreadableImage(
                    "The video is broken, or takes too much memory or time: no key frame can be decoded ("
                            + lastLine(said) + "). Upload another one.");
        }
        return Files.readAllBytes(picture);
    }

    private static String lastLine(Path said) throws IOException {
        String line = new String(Files.readAllBytes(said), StandardCharsets.UTF_8).lines()
                .reduce("it says nothing", (before, last) -> last)
                .replaceAll("\\p{Cntrl}", " ");
        return "ffmpeg: " + line.substring(0, Math.min(MOST_SAID, line.length()));
    }
}
