package dev.offstage.picture.square;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import dev.offstage.picture.format.DecodingCost;
import dev.offstage.picture.format.Mp4Video;
import dev.offstage.picture.format.UnreadableImage;

/**
 * The slices of a key frame and the parameter sets that they need (ITU-T H.264 section 7.3.3), checked so far that
 * decoding them takes a bounded time and memory.
 *
 * @param sequence applies to all slices
 * @param picture the picture parameter set, without the header of its NAL unit
 * @param slices NAL units, each a copy
 */
record KeyFrame(SequenceParameters sequence, byte[] picture, List<ByteBuffer> slices) {

    private static final int TYPE = 0x1f;
    private static final int KEY_SLICE = 5;
    private static final int SEQUENCE_SET = 7;
    private static final int PICTURE_SET = 8;
    /** Slices of this type, or of this and five more, need no other frame. */
    private static final int INTRA = 2;
    /** Each slice could claim to reach to the frame's end, so that many of them make much work: this takes seconds. */
    private static final int MOST_BLOCKS = 500_000;
    private static final long SLICE_BYTES = 24 * 1024;
    private static final long SLICE_BYTES_BY_WIDTH = 512;

    /**
     * @param configuration an AVCDecoderConfigurationRecord (ISO/IEC 14496-15 section 5.3.3.1)
     * @param sample of the same track
     * @throws UnreadableImage if the decoder does not do this kind of H.264
     * @throws RuntimeException if something is broken
     */
    static KeyFrame read(ByteBuffer configuration, ByteBuffer sample) throws UnreadableImage {
        ByteBuffer sets = configuration.duplicate().rewind();
        int lengthBytes = (sets.get(4) & 3) + 1;
        sets.position(5);
        byte[] sequence = set(sets, sets.get() & TYPE, SEQUENCE_SET);
        byte[] picture = set(sets, sets.get() & 0xff, PICTURE_SET);
        SequenceParameters parameters = SequenceParameters.read(sequence);
        checkPicture(picture);
        List<ByteBuffer> slices = slices(sample.duplicate().rewind(), lengthBytes);
        if (slices.isEmpty()) {
            throw new IllegalArgumentException("the key frame has no slices");
        }
        if ((long) slices.size() * parameters.blocks() > MOST_BLOCKS) {
            throw new UnreadableImage("This video's first frame is in " + slices.size()
                    + " slices, which are too many: save it anew, or choose another one.");
        }
        for (ByteBuffer slice : slices) {
            checkSlice(slice, parameters);
        }
        return new KeyFrame(parameters, picture, slices);
    }

    /** What decoding it takes: notes for each block, and for each slice a reader with tables of its own. */
    DecodingCost cost() {
        long slices = slices().size() * (SLICE_BYTES + SLICE_BYTES_BY_WIDTH * sequence.widthInBlocks())
                + slices().stream().mapToLong(slice -> 2L * slice.limit()).sum();
        DecodingCost frame = Mp4Video.cost(sequence.blocks(), Math.min(sequence.width(), sequence.height()));
        return new DecodingCost(frame.heapBytes() + slices, 0);
    }

    /** The first set of this kind; the others are skipped. */
    private static byte[] set(ByteBuffer sets, int count, int type) {
        byte[] first = null;
        for (int i = 0; i < count; i++) {
            byte[] unit = new byte[Short.toUnsignedInt(sets.getShort())];
            sets.get(unit);
            if (first == null && unit.length > 1 && (unit[0] & TYPE) == type) {
                first = unit;
            }
        }
        if (first == null) {
            throw new IllegalArgumentException("a parameter set is missing");
        }
        byte[] unescaped = H264Bits.unescaped(first);
        byte[] content = new byte[unescaped.length - 1];
        System.arraycopy(unescaped, 1, content, 0, content.length);
        return content;
    }

    /** Slice groups are refused: they would need tables of any size, and real files do not use them. */
    private static void checkPicture(byte[] set) {
        H264Bits bits = new H264Bits(set);
        bits.unsigned();
        bits.unsigned();
        bits.bits(2);
        if (bits.unsigned() != 0) {
            throw new IllegalArgumentException("the frame has slice groups");
        }
    }

    /** Parameter sets between the slices are left out: those of the track apply. */
    private static List<ByteBuffer> slices(ByteBuffer sample, int lengthBytes) {
        List<ByteBuffer> slices = new ArrayList<>();
        while (sample.remaining() > lengthBytes) {
            long length = 0;
            for (int i = 0; i < lengthBytes; i++) {
                length = length << 8 | sample.get() & 0xff;
            }
            if (length > sample.remaining()) {
                throw new IllegalArgumentException("the key frame breaks off");
            }
            byte[] unit = new byte[(int) length];
            sample.get(unit);
            if (length > 1 && (unit[0] & TYPE) == KEY_SLICE) {
                slices.add(ByteBuffer.wrap(unit));
            }
        }
        return slices;
    }

    private static void checkSlice(ByteBuffer slice, SequenceParameters parameters) {
        byte[] beginning = new byte[Math.min(slice.limit() - 1, 16)];
        slice.get(1, beginning);
        H264Bits bits = new H264Bits(H264Bits.unescaped(beginning));
        if (bits.unsigned() >= parameters.blocks() || bits.unsigned() % 5 != INTRA) {
            throw new IllegalArgumentException("the key frame needs other frames");
        }
    }
}
