package dev.offstage.task.avatar;

import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.util.List;

import org.jcodec.codecs.h264.H264Decoder;
import org.jcodec.codecs.h264.decode.DeblockerInput;
import org.jcodec.codecs.h264.decode.FrameReader;
import org.jcodec.codecs.h264.decode.SliceDecoder;
import org.jcodec.codecs.h264.decode.SliceReader;
import org.jcodec.codecs.h264.decode.deblock.DeblockingFilter;
import org.jcodec.codecs.h264.io.model.Frame;
import org.jcodec.codecs.h264.io.model.SeqParameterSet;
import org.jcodec.codecs.h264.io.model.SliceHeader;
import org.jcodec.common.IntObjectMap;
import org.jcodec.common.model.ColorSpace;
import org.jcodec.common.model.Picture;

import dev.offstage.user.Mp4Video;
import dev.offstage.user.UnreadableImage;

/** Decodes one frame of a video. */
final class VideoPoster {

    private static final int BITS = 8;

    private VideoPoster() {
    }

    /**
     * The middle square of the first key frame that can be decoded, as stored: not yet turned.
     *
     * @throws UnreadableImage if there is none
     * @throws InterruptedException between slices
     */
    static BufferedImage middle(Mp4Video video) throws UnreadableImage, InterruptedException {
        RuntimeException failure = null;
        for (ByteBuffer sample : video.keyFrames()) {
            try {
                KeyFrame frame = KeyFrame.read(video.configuration(), sample);
                return middle(decoded(frame), frame.sequence());
            } catch (RuntimeException e) {
                // The decoder answers broken data with whatever it stumbles over, such as ArrayIndexOutOfBoundsException.
                failure = e;
            }
        }
        throw new UnreadableImage("The video is broken: no key frame can be decoded (" + failure
                + "). Upload another one.", failure);
    }

    /** What the decoder's own class does, without its threads and references to other frames. */
    private static Picture decoded(KeyFrame frame) throws InterruptedException {
        FrameReader reader = new FrameReader();
        reader.addSps(ByteBuffer.wrap(frame.sequence().bytes()));
        reader.addPps(ByteBuffer.wrap(frame.picture()));
        List<SliceReader> slices = reader.readFrame(frame.slices());
        SliceHeader header = slices.get(0).getSliceHeader();
        SeqParameterSet sequence = header.sps;
        DeblockerInput blocks = new DeblockerInput(sequence);
        byte[][] planes = Picture.create(frame.sequence().widthInBlocks() * 16, frame.sequence().heightInBlocks() * 16,
                ColorSpace.YUV420J).getData();
        Frame result = H264Decoder.createFrame(sequence, planes, header.frameNum, header.sliceType, blocks.mvs,
                blocks.refsUsed, 0);
        for (SliceReader slice : slices) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            new SliceDecoder(sequence, new Frame[0], new IntObjectMap<>(), blocks, result).decodeFromReader(slice);
        }
        // Fails where a block is missing.
        new DeblockingFilter(frame.sequence().widthInBlocks(), BITS, blocks).deblockFrame(result);
        return result;
    }

    private static BufferedImage middle(Picture picture, SequenceParameters sequence) {
        int side = Math.min(sequence.width(), sequence.height());
        int step = Math.max(1, side / Squares.DECODED_SIDE);
        return sequence.colors()
                .square(picture, sequence.left() + (sequence.width() - side) / 2,
                        sequence.top() + (sequence.height() - side) / 2, side, step);
    }
}
