package dev.offstage.picture.square;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import dev.offstage.picture.format.AvatarLimits;
import dev.offstage.picture.format.MovingPictures;
import dev.offstage.picture.format.MovingPictures.Frame;
import dev.offstage.picture.format.Pictures;
import dev.offstage.picture.format.UnreadableImage;
import dev.offstage.testing.Program;

/**
 * A worker's lane for pictures without the rest of the worker: four at a time through what the handler calls. It is given
 * so many mutated files of each format, always the same ones, and the bombs in between, and prints a line for each format.
 * It has a process of its own, which has the heap of a small pod and ends at the first OutOfMemoryError.
 */
final class HostilePictures {

    static final String SURVIVED = "survived";
    private static final int CONCURRENCY = 4;
    private static final AvatarLimits LIMITS = new AvatarLimits(50_000_000, 100_000_000,
            AvatarLimits.usualDecodingMemory());
    private static final DecodingMemory MEMORY = new DecodingMemory(LIMITS, Duration.ofMinutes(2));

    private record Outcome(boolean made, long nanos, String what) {}

    private HostilePictures() {
    }

    public static void main(String[] args) throws Exception {
        int each = Integer.parseInt(args[0]);
        ExecutorService lane = Executors.newFixedThreadPool(CONCURRENCY, task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        });
        for (Map.Entry<String, byte[]> format : formats().entrySet()) {
            List<byte[]> files = new ArrayList<>();
            Random random = new Random(28);
            for (int i = 0; i < each; i++) {
                files.add(mutated(format.getValue(), random));
            }
            files.add(format.getValue());
            run(format.getKey(), files, lane);
        }
        List<byte[]> bombs = bombs();
        for (int round = 0; round < 1 + each / 100; round++) {
            run("bombs", bombs, lane);
        }
        lane.shutdown();
        System.out.println(SURVIVED);
    }

    private static void run(String format, List<byte[]> files, ExecutorService lane) throws Exception {
        CompletionService<Outcome> outcomes = new ExecutorCompletionService<>(lane);
        files.forEach(file -> outcomes.submit(() -> decoded(file)));
        int made = 0;
        Outcome longest = new Outcome(false, 0, "");
        long peak = 0;
        for (int i = 0; i < files.size(); i++) {
            Outcome outcome = outcomes.take().get();
            made += outcome.made ? 1 : 0;
            longest = outcome.nanos > longest.nanos ? outcome : longest;
            peak = Math.max(peak, Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
        }
        System.out.printf("%s: %d files, %d made, the longest took %d ms (%s), heap in use up to %d MB%n", format,
                files.size(), made, longest.nanos / 1_000_000, longest.what, peak / 1_000_000);
    }

    private static Outcome decoded(byte[] file) throws InterruptedException {
        long start = System.nanoTime();
        try {
            Renditions.of(file, LIMITS, MEMORY, (done, total) -> {});
            return new Outcome(true, System.nanoTime() - start, file.length + " bytes, made");
        } catch (UnreadableImage e) {
            return new Outcome(false, System.nanoTime() - start, file.length + " bytes, " + e.getMessage());
        }
    }

    private static byte[] mutated(byte[] file, Random random) {
        byte[] changed = random.nextInt(10) == 0 ? Arrays.copyOf(file, 1 + random.nextInt(file.length)) : file.clone();
        for (int i = random.nextInt(5); i >= 0; i--) {
            // Half of the changes hit the beginning, where sizes and tables stand.
            int within = random.nextBoolean() ? Math.min(64, changed.length) : changed.length;
            changed[random.nextInt(within)] = (byte) random.nextInt();
        }
        return changed;
    }

    private static Map<String, byte[]> formats() throws IOException {
        BufferedImage picture = Pictures.quarters(160, 120, BufferedImage.TYPE_INT_RGB);
        Map<String, byte[]> formats = new LinkedHashMap<>();
        formats.put("JPEG", Pictures.file(picture, "jpeg"));
        formats.put("progressive JPEG", Pictures.progressiveJpeg(picture));
        formats.put("PNG", Pictures.file(Pictures.quarters(160, 120, BufferedImage.TYPE_INT_ARGB), "png"));
        formats.put("GIF", Pictures.file(picture, "gif"));
        formats.put("animated GIF", MovingPictures.gif(0,
                Frame.of(Pictures.quarters(80, 60, BufferedImage.TYPE_BYTE_INDEXED), 5),
                new Frame(MovingPictures.plain(20, 16, java.awt.Color.BLUE), 5, 6, "restoreToPrevious", 4)));
        formats.put("lossy WebP", resource("lossy-with-alpha.webp"));
        formats.put("lossless WebP", resource("animated-first-frame-offset.webp"));
        if (Program.areInstalled("ffmpeg")) {
            formats.put("MP4", MovingPictures.mp4(Pictures.quarters(64, 48, BufferedImage.TYPE_INT_RGB)));
        }
        return formats;
    }

    private static List<byte[]> bombs() throws IOException {
        List<byte[]> bombs = new ArrayList<>(
                List.of(resource("lossless-sof3-7071.jpg"), resource("progressive-300-scans.jpg"),
                        resource("lossless-7071.webp"), resource("50000000x1.png"), transforms(),
                        Pictures.pngClaiming(7071, 7071), scans(499, 2200), scans(40, 7000)));
        if (Program.areInstalled("ffmpeg")) {
            bombs.add(slices());
        }
        return bombs;
    }

    static byte[] resource(String name) throws IOException {
        try (InputStream file = HostilePictures.class.getResourceAsStream("/pictures/" + name)) {
            return file.readAllBytes();
        }
    }

    /** A lossless WebP of 7000 × 7000 that asks for a transform of 12 MB with every fifth of its bytes. */
    static byte[] transforms() {
        Bits bits = new Bits();
        for (int i = 0; i < 1_000; i++) {
            bits.put(1, 1).put(0, 2).put(0, 3); // a predictor, for each block of 4 × 4 pixels
            bits.put(0, 1); // no cache of colours
            for (int code = 0; code < 5; code++) {
                bits.put(1, 1).put(0, 1).put(0, 1).put(0, 1); // a code with the one symbol 0, of no bits
            }
        }
        byte[] data = bits.bytes();
        int chunk = 5 + data.length + (data.length & 1);
        return ByteBuffer.allocate(20 + chunk)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put("RIFF".getBytes(StandardCharsets.ISO_8859_1))
                .putInt(12 + chunk)
                .put("WEBPVP8L".getBytes(StandardCharsets.ISO_8859_1))
                .putInt(chunk)
                .put((byte) 0x2f)
                .putInt(6999 | 6999 << 14)
                .put(data)
                .array();
    }

    /** A video of one block whose key frame is in 100,000 slices, each with tables of its own. */
    static byte[] slices() {
        byte[] mp4 = MovingPictures.mp4(Pictures.quarters(16, 16, BufferedImage.TYPE_INT_RGB));
        int slices = 100_000;
        int sizes = MovingPictures.find(mp4, "stsz") + 4;
        int offsets = MovingPictures.find(mp4, "stco") + 4;
        byte[] unit = {0, 0, 0, 4, 0x65, (byte) 0xb8, 0x40, 0};
        ByteBuffer file = ByteBuffer.allocate(mp4.length + 8 + slices * unit.length);
        file.put(mp4).putInt(8 + slices * unit.length).put("free".getBytes(StandardCharsets.ISO_8859_1));
        for (int i = 0; i < slices; i++) {
            file.put(unit);
        }
        file.putInt(sizes + 4, slices * unit.length);
        file.putInt(offsets + 8, mp4.length + 8);
        return file.array();
    }

    /** A grey progressive JPEG with empty scans. */
    static byte[] scans(int scans, int side) {
        ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
        jpeg.writeBytes(new byte[]{(byte) 0xff, (byte) 0xd8, (byte) 0xff, (byte) 0xdb, 0, 67, 0});
        byte[] ones = new byte[64];
        Arrays.fill(ones, (byte) 1);
        jpeg.writeBytes(ones);
        jpeg.writeBytes(new byte[]{(byte) 0xff, (byte) 0xc2, 0, 11, 8, (byte) (side >> 8), (byte) side,
                (byte) (side >> 8), (byte) side, 1, 1, 0x11, 0});
        for (int table : List.of(0x00, 0x10)) {
            // One code of one bit, for no coefficient or the end of 16,384 blocks and more.
            jpeg.writeBytes(
                    new byte[]{(byte) 0xff, (byte) 0xc4, 0, 20, (byte) table, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                            0, 0, 0, (byte) (table == 0 ? 0 : 0xe0)});
        }
        for (int i = 0; i < scans; i++) {
            boolean first = i == 0;
            jpeg.writeBytes(new byte[]{(byte) 0xff, (byte) 0xda, 0, 8, 1, 1, 0, (byte) (first ? 0 : 1),
                    (byte) (first ? 0 : 63), 0});
            jpeg.writeBytes(new byte[75]);
        }
        jpeg.writeBytes(new byte[]{(byte) 0xff, (byte) 0xd9});
        return jpeg.toByteArray();
    }

    /** The lowest bit of each byte first. */
    private static final class Bits {

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private int last;
        private int count;

        Bits put(int value, int bits) {
            for (int i = 0; i < bits; i++) {
                last |= (value >> i & 1) << count++;
                if (count == 8) {
                    bytes.write(last);
                    last = 0;
                    count = 0;
                }
            }
            return this;
        }

        byte[] bytes() {
            bytes.write(last);
            return bytes.toByteArray();
        }
    }
}
