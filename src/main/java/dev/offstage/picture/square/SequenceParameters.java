package dev.offstage.picture.square;

import java.util.Set;

import dev.offstage.picture.format.AvatarLimits;
import dev.offstage.picture.format.Mp4Video;
import dev.offstage.picture.format.UnreadableImage;

/**
 * A sequence parameter set (ITU-T H.264 sections 7.3.2.1.1 and E.1.1), read before the decoder sees it: it would allocate
 * by whatever numbers stand in there.
 *
 * @param widthInBlocks of 16 pixels
 * @param heightInBlocks of 16 pixels
 * @param left pixels to crop
 * @param top pixels to crop
 * @param width in pixels, cropped
 * @param height in pixels, cropped
 * @param colors what the samples mean
 * @param bytes the set for the decoder, without what is about display and timing
 */
record SequenceParameters(int widthInBlocks, int heightInBlocks, int left, int top, int width, int height,
        YuvColors colors, byte[] bytes) {

    private static final int BASELINE = 66;
    private static final int MAIN = 77;
    private static final int HIGH = 100;
    private static final Set<Integer> PROFILES = Set.of(BASELINE, MAIN, HIGH);
    private static final int EXTENDED_ASPECT_RATIO = 255;

    int blocks() {
        return widthInBlocks * heightInBlocks;
    }

    /**
     * @param unescaped without the header of its NAL unit
     * @throws UnreadableImage if the decoder does not do this kind of H.264
     * @throws RuntimeException if it is broken
     */
    static SequenceParameters read(byte[] unescaped) throws UnreadableImage {
        H264Bits bits = new H264Bits(unescaped);
        int profile = bits.bits(8);
        bits.bits(16); // constraints and level
        bits.unsigned(); // its number
        require(PROFILES.contains(profile), "the profile " + profile);
        if (profile == HIGH) {
            readHighProfile(bits);
        }
        require(bits.unsigned() <= 12, "long frame numbers");
        int orderType = bits.unsigned();
        require(orderType == 0 || orderType == 2, "pictures in the order of type " + orderType);
        if (orderType == 0) {
            require(bits.unsigned() <= 12, "long picture numbers");
        }
        require(bits.unsigned() <= 16, "so many reference frames");
        bits.flag(); // gaps
        int widthInBlocks = bits.unsigned() + 1;
        int heightInBlocks = bits.unsigned() + 1;
        require(bits.flag(), "interlaced frames");
        bits.flag(); // direct_8x8_inference_flag
        long pixels = 256L * widthInBlocks * heightInBlocks;
        if (pixels > AvatarLimits.LARGEST_VIDEO) {
            throw Mp4Video.tooLarge(16L * widthInBlocks, 16L * heightInBlocks);
        }
        int left = 0;
        int top = 0;
        int width = widthInBlocks * 16;
        int height = heightInBlocks * 16;
        if (bits.flag()) { // in units of two pixels for 4:2:0
            left = 2 * bits.unsigned();
            width -= left + 2 * bits.unsigned();
            top = 2 * bits.unsigned();
            height -= top + 2 * bits.unsigned();
        }
        require(width > 0 && height > 0, "no pixels");
        byte[] bytes = bits.readSoFarThenOff();
        return new SequenceParameters(widthInBlocks, heightInBlocks, left, top, width, height, colors(bits, height),
                bytes);
    }

    private static void readHighProfile(H264Bits bits) throws UnreadableImage {
        require(bits.unsigned() == 1, "other colours than 4:2:0");
        require(bits.unsigned() == 0 && bits.unsigned() == 0, "more than 8 bits for each colour");
        require(!bits.flag(), "lossless blocks");
        if (bits.flag()) {
            for (int list = 0; list < 8; list++) {
                if (bits.flag()) {
                    skipScalingList(bits, list < 6 ? 16 : 64);
                }
            }
        }
    }

    private static void skipScalingList(H264Bits bits, int size) {
        int last = 8;
        int next = 8;
        for (int i = 0; i < size; i++) {
            if (next != 0) {
                next = last + bits.signed() + 256 & 0xff;
            }
            last = next == 0 ? last : next;
        }
    }

    private static YuvColors colors(H264Bits bits, int height) {
        boolean fullRange = false;
        int matrix = YuvColors.UNSPECIFIED;
        if (bits.flag()) {
            if (bits.flag() && bits.bits(8) == EXTENDED_ASPECT_RATIO) {
                bits.bits(16);
                bits.bits(16);
            }
            if (bits.flag()) {
                bits.flag(); // overscan
            }
            if (bits.flag()) {
                bits.bits(3); // format
                fullRange = bits.flag();
                if (bits.flag()) {
                    bits.bits(16); // primaries and transfer
                    matrix = bits.bits(8);
                }
            }
        }
        return YuvColors.of(matrix, fullRange, height);
    }

    private static void require(boolean possible, String what) throws UnreadableImage {
        if (!possible) {
            throw new UnreadableImage("This video's H.264 has " + what
                    + ", which is not read here: save it as an ordinary MP4, as phones and browsers play it.");
        }
    }
}
