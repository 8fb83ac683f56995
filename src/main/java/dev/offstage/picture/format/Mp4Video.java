package dev.offstage.picture.format;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * What the first video track of an MP4 file says about itself (ISO/IEC 14496-12, and 14496-15 for H.264 in it). Nothing is
 * decoded.
 *
 * @param width as stored, in pixels, as the container says; the H.264 data has the last word
 * @param height as stored, in pixels, as the container says
 */
public record Mp4Video(int width, int height) {

    private static final int MOST_TRACKS = 16;
    /** What ffmpeg 5.1 writes to before it has a frame, twice as much as measured. */
    private static final long PROGRAM_BYTES = 24L * 1024 * 1024;
    /** Of a decoded frame and what the decoder notes of its blocks: 2.6 were measured. */
    private static final long PIXEL_BYTES = 3;
    /** Of a visual sample entry, behind the header of its box. */
    private static final int ENTRY_LENGTH = 78;
    private static final int ENTRY_WIDTH = 24;
    private static final int HANDLER = 8;
    private static final int VIDEO = 'v' << 24 | 'i' << 16 | 'd' << 8 | 'e';

    /**
     * @param file an MP4; only looked at
     * @throws UnreadableImage if it breaks off, has no video in H.264, or one that is larger than is decoded here
     */
    public static Mp4Video read(ByteBuffer file) throws UnreadableImage {
        Mp4Boxes movie = new Mp4Boxes(file.duplicate().rewind()).require("moov");
        for (Mp4Boxes track : movie.all("trak", MOST_TRACKS)) {
            if (isVideo(track)) {
                return of(track);
            }
        }
        throw new UnreadableImage("This file holds no video. " + AvatarLimits.WHAT_IS_READ);
    }

    /** What decoding a frame takes, all of it in a process of its own. */
    public DecodingCost cost() {
        return new DecodingCost(0, PROGRAM_BYTES + PIXEL_BYTES * width * height);
    }

    private static boolean isVideo(Mp4Boxes track) throws UnreadableImage {
        Optional<Mp4Boxes> handler = track.require("mdia").first("hdlr");
        return handler.isPresent() && handler.get().content().limit() >= HANDLER + 4
                && handler.get().content().getInt(HANDLER) == VIDEO;
    }

    private static Mp4Video of(Mp4Boxes track) throws UnreadableImage {
        ByteBuffer descriptions = track.require("mdia", "minf", "stbl", "stsd").content();
        if (descriptions.limit() < 16) {
            throw Mp4Boxes.broken();
        }
        Mp4Boxes.Box entry = Mp4Boxes.next(descriptions.slice(8, descriptions.limit() - 8));
        if (!entry.type().equals("avc1")) {
            throw new UnreadableImage("This video is not in H.264, but in " + codec(entry.type()) + ". "
                    + AvatarLimits.WHAT_IS_READ);
        }
        if (entry.content().limit() < ENTRY_LENGTH) {
            throw Mp4Boxes.broken();
        }
        int width = Short.toUnsignedInt(entry.content().getShort(ENTRY_WIDTH));
        int height = Short.toUnsignedInt(entry.content().getShort(ENTRY_WIDTH + 2));
        if ((long) width * height > AvatarLimits.LARGEST_VIDEO) {
            throw new UnreadableImage("This video has " + width + " × " + height + " pixels: choose one with at most "
                    + AvatarLimits.LARGEST_VIDEO + " (width × height), such as 3840 × 2160.");
        }
        return new Mp4Video(width, height);
    }

    /** Four letters of a file that anyone can have written. */
    private static String codec(String type) {
        return type.matches("[A-Za-z0-9]{4}") ? type : "something else";
    }
}
