package dev.offstage.picture.format;

/**
 * How much may be uploaded and decoded.
 *
 * @param maxPixels the largest width × height of a picture
 * @param maxAnimationPixels the largest frames × width × height of an animation
 * @param decodingMemory what all decoders of the process together may take, in bytes
 */
public record AvatarLimits(long maxPixels, long maxAnimationPixels, long decodingMemory) {

    /** In bytes. */
    public static final long LARGEST_STILL = 5 * 1024 * 1024;
    /** Of an animation or a video, in bytes. */
    public static final long LARGEST_MOVING = 20 * 1024 * 1024;
    /** Each frame of an animation costs a little, however few pixels it has. */
    static final int MOST_FRAMES = 2_000;
    /** Frames are composed in full size before they are made smaller: this many pixels take 16 MiB. */
    static final int LARGEST_FRAME = 4 * 1024 * 1024;
    /** Width × height of the largest frame of H.264 level 5.1 (ITU-T H.264 table A-1), such as 4096 × 2304. */
    public static final int LARGEST_VIDEO = 36_864 * 256;

    private static final long MEGA = 1_000_000;

    static final String WHAT_IS_READ = "Choose a JPEG, PNG, GIF or WebP of at most 5 MiB, or an animated GIF or an MP4 video"
            + " (H.264) of at most 20 MiB.";

    /**
     * What decoders may take where nothing is set: two fifths of the heap. What else is alive in a process of all roles and four
     * files of 20 MiB that wait have room beside it.
     *
     * @return in bytes
     */
    public static long usualDecodingMemory() {
        return Runtime.getRuntime().maxMemory() / 5 * 2;
    }

    /** @throws UnreadableImage if it can never have that much memory */
    public void check(DecodingCost cost) throws UnreadableImage {
        if (cost.bytes() > decodingMemory) {
            throw new UnreadableImage("Decoding this file would take " + (cost.bytes() / MEGA + 1)
                    + " MB of memory, and " + decodingMemory / MEGA
                    + " MB are set aside for it: make it smaller, or save a picture as an ordinary JPEG"
                    + " that is not progressive.");
        }
    }
}
