package dev.offstage.picture.format;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * The first video track of an MP4 file, as far as its beginning is needed (ISO/IEC 14496-12, and 14496-15 for H.264 in
 * it). Nothing is decoded.
 *
 * @param width as stored, in pixels, as the container says; the H.264 data has the last word
 * @param height as stored, in pixels, as the container says
 * @param orientation how to turn a frame, in the numbers of the EXIF tag Orientation: 1 to 8
 * @param configuration the AVCDecoderConfigurationRecord (ISO/IEC 14496-15 section 5.3.3.1), a slice of the file
 * @param keyFrames the first ones that can be decoded by themselves, slices of the file; at least one
 */
public record Mp4Video(int width, int height, int orientation, ByteBuffer configuration, List<ByteBuffer> keyFrames) {

    /** The first of these that can be decoded becomes the poster. */
    private static final int KEY_FRAMES = 4;
    private static final int MOST_TRACKS = 16;
    private static final long BLOCK_BYTES = 1_000;
    /** Of a visual sample entry, behind the header of its box. */
    private static final int ENTRY_LENGTH = 78;
    private static final int ENTRY_WIDTH = 24;
    private static final int HANDLER = 8;
    private static final int VIDEO = 'v' << 24 | 'i' << 16 | 'd' << 8 | 'e';

    /** By the signs of a, b, c and d in the matrix: which way the picture's right and its bottom point. */
    private enum Turn {
        NONE(1, 0, 0, 1), MIRRORED(-1, 0, 0, 1), HALF(-1, 0, 0, -1), MIRRORED_HALF(1, 0, 0, -1), TRANSPOSED(0, 1, 1,
                0), CLOCKWISE(0, 1, -1, 0), TRANSVERSED(0, -1, -1, 0), COUNTERCLOCKWISE(0, -1, 1, 0);

        private final List<Integer> signs;

        Turn(int... signs) {
            this.signs = List.of(signs[0], signs[1], signs[2], signs[3]);
        }
    }

    /**
     * @param file an MP4; only looked at, and the result points into it
     * @throws UnreadableImage if it breaks off, has no video in H.264, or one that is larger than is decoded here
     */
    public static Mp4Video read(ByteBuffer file) throws UnreadableImage {
        ByteBuffer whole = file.duplicate().rewind();
        Mp4Boxes movie = new Mp4Boxes(whole).require("moov");
        for (Mp4Boxes track : movie.all("trak", MOST_TRACKS)) {
            if (isVideo(track)) {
                return of(whole, track);
            }
        }
        throw new UnreadableImage("This file holds no video. " + AvatarLimits.WHAT_IS_READ);
    }

    /** What decoding a frame takes, as far as the container tells. */
    public DecodingCost cost() {
        return cost((width + 15L) / 16 * ((height + 15L) / 16), Math.min(width, height));
    }

    /**
     * What decoding a frame takes: planes, and what the decoder notes of each block.
     *
     * @param blocks of 16 × 16 pixels
     * @param side the shorter one, in pixels
     */
    public static DecodingCost cost(long blocks, int side) {
        return new DecodingCost(BLOCK_BYTES * blocks + DecodingCost.square(side, 4), 0);
    }

    private static boolean isVideo(Mp4Boxes track) throws UnreadableImage {
        Optional<Mp4Boxes> handler = track.require("mdia").first("hdlr");
        return handler.isPresent() && handler.get().content().limit() >= HANDLER + 4
                && handler.get().content().getInt(HANDLER) == VIDEO;
    }

    private static Mp4Video of(ByteBuffer file, Mp4Boxes track) throws UnreadableImage {
        Mp4Boxes table = track.require("mdia", "minf", "stbl");
        ByteBuffer descriptions = table.require("stsd").content();
        if (descriptions.limit() < 16) {
            throw Mp4Boxes.broken();
        }
        Mp4Boxes.Box entry = Mp4Boxes.next(descriptions.slice(8, descriptions.limit() - 8));
        if (!entry.type().equals("avc1")) {
            throw new UnreadableImage("This video is not in H.264, but in " + codec(entry.type()) + ". "
                    + AvatarLimits.WHAT_IS_READ);
        }
        ByteBuffer content = entry.content();
        if (content.limit() < ENTRY_LENGTH) {
            throw Mp4Boxes.broken();
        }
        int width = Short.toUnsignedInt(content.getShort(ENTRY_WIDTH));
        int height = Short.toUnsignedInt(content.getShort(ENTRY_WIDTH + 2));
        if ((long) width * height > AvatarLimits.LARGEST_VIDEO) {
            throw tooLarge(width, height);
        }
        Mp4Boxes extensions = new Mp4Boxes(content.slice(ENTRY_LENGTH, content.limit() - ENTRY_LENGTH));
        ByteBuffer configuration = extensions.require("avcC").content();
        Mp4Samples samples = new Mp4Samples(file, table);
        if (samples.count() == 0) {
            throw new UnreadableImage(
                    "This video has no frames, or keeps them in fragments, as for streaming. Save it as a"
                            + " plain MP4 file and upload that.");
        }
        List<ByteBuffer> keyFrames = samples.keyFrames(KEY_FRAMES);
        if (keyFrames.isEmpty()) {
            throw new UnreadableImage("This video has no key frame to begin with. " + AvatarLimits.WHAT_IS_READ);
        }
        return new Mp4Video(width, height, orientation(track.require("tkhd").content()), configuration, keyFrames);
    }

    /** Four letters of a file that anyone can have written. */
    private static String codec(String type) {
        return type.matches("[A-Za-z0-9]{4}") ? type : "something else";
    }

    /** @return what is thrown for a video of this size */
    public static UnreadableImage tooLarge(long width, long height) {
        return new UnreadableImage("This video has " + width + " × " + height + " pixels: choose one with at most "
                + AvatarLimits.LARGEST_VIDEO + " (width × height), such as 3840 × 2160.");
    }

    /** The matrix of the track header (section 8.3.2). What is no quarter turn stays as it is. */
    private static int orientation(ByteBuffer header) {
        int matrix = header.limit() > 0 && header.get(0) == 1 ? 52 : 40;
        if (header.limit() < matrix + 20) {
            return 1;
        }
        List<Integer> signs = List.of(sign(header, matrix), sign(header, matrix + 4), sign(header, matrix + 12),
                sign(header, matrix + 16));
        for (Turn turn : Turn.values()) {
            if (turn.signs.equals(signs)) {
                return turn.ordinal() + 1;
            }
        }
        return 1;
    }

    private static int sign(ByteBuffer header, int at) {
        return Integer.signum(header.getInt(at));
    }
}
