package dev.offstage.picture.square;

import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.util.List;

import org.jboss.logging.Logger;
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
import org.jcodec.common.logging.LogLevel;
import org.jcodec.common.model.ColorSpace;
import org.jcodec.common.model.Picture;

import dev.offstage.job.WorkerBusy;
import dev.offstage.picture.format.DecodingCost;
import dev.offstage.picture.format.Mp4Video;
import dev.offstage.picture.format.UnreadableImage;
import dev.offstage.picture.square.Squares.Square;

/** Decodes one frame of a video. */
final class VideoPoster {

    private static final int BITS = 8;

    private static final Logger LOG = Logger.getLogger(VideoPoster.class);

    static {
        // The decoder would write a line to the standard output for each block of a kind, which a stranger's file can have by the
        // thousand, and look up where it stands.
        org.jcodec.common.logging.Logger.setLevel(LogLevel.ERROR);
        org.jcodec.common.logging.Logger.addSink(message -> LOG.debug(message.getMessage()));
    }

    private VideoPoster() {
    }

    /**
     * The squares of the first key frame that can be decoded.
     *
     * @param memory of which each decoder takes a share
     * @throws UnreadableImage if there is none
     * @throws InterruptedException between slices
     */
    static List<Square> squares(Mp4Video video, DecodingMemory memory) throws UnreadableImage, InterruptedException {
        RuntimeException failure = null;
        DecodingTime time = new DecodingTime();
        for (ByteBuffer sample : video.keyFrames()) {
            try {
                KeyFrame frame = KeyFrame.read(video.configuration(), sample);
                return memory.with(frame.cost(), () -> Squares.of(middle(decoded(frame, time), frame.sequence()),
                        Orientation.ofExif(video.orientation())));
            } catch (WorkerBusy e) {
                throw e;
            } catch (RuntimeException e) {
                // The decoder answers broken data with whatever it stumbles over, such as ArrayIndexOutOfBoundsException.
                failure = e;
            }
        }
        throw new UnreadableImage("The video is broken: no key frame can be decoded (" + failure
                + "). Upload another one.", failure);
    }

    /** What the decoder's own class does, without its threads and references to other frames. */
    private static Picture decoded(KeyFrame frame, DecodingTime time)
            throws UnreadableImage, InterruptedException {
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
            time.check();
            new SliceDecoder(sequence, new Frame[0], new IntObjectMap<>(), blocks, result).decodeFromReader(slice);
        }
        // Fails where a block is missing.
        new DeblockingFilter(frame.sequence().widthInBlocks(), BITS, blocks).deblockFrame(result);
        return result;
    }

    private static BufferedImage middle(Picture picture, SequenceParameters sequence) {
        int side = Math.min(sequence.width(), sequence.height());
        int step = DecodingCost.step(side);
        return sequence.colors()
                .square(picture, sequence.left() + (sequence.width() - side) / 2,
                        sequence.top() + (sequence.height() - side) / 2, side, step);
    }
}
