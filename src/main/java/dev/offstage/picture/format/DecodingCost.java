package dev.offstage.picture.format;

import java.io.IOException;
import java.io.InputStream;

/**
 * What decoding a picture takes at most, told by its file before a decoder sees it. The figures are those of the
 * decoders that are used here: what they allocate, counted from their sources and measured.
 *
 * @param heapBytes on Java's heap
 * @param nativeBytes beside it
 */
public record DecodingCost(long heapBytes, long nativeBytes) {

    /** Squares, encoders and colour profiles take so much, whatever the picture is. */
    public static final long SQUARES = 12L * 1024 * 1024;
    /** The half-done smaller pictures and the copy in sRGB, for each decoded pixel. */
    private static final int SHRINKING = 8;
    /** Pixels are skipped while decoding, so that the sides that are kept have about this length. */
    private static final int DECODED_SIDE = 1536;
    /** Of the header of a PNG: a length, IHDR, width, height, depth, kind of colour. */
    private static final int PNG_DEPTH = 24;
    private static final int PNG_COLOUR = 25;
    /** Objects for each macroblock of a row of lossy WebP, and four rows of them. */
    private static final long WEBP_COLUMN = 4 * 16 * 1024;
    /** Code tables of lossless WebP. */
    private static final long WEBP_CODES = 26L * 1024 * 1024;

    /** Native memory counts twice: it comes on top of a heap that may have grown to its limit. */
    public long bytes() {
        return heapBytes + 2 * nativeBytes;
    }

    /**
     * Every so many pixels of a side are decoded.
     *
     * @param side the shorter side, in pixels
     */
    public static int step(int side) {
        return Math.max(1, (side + DECODED_SIDE / 2) / DECODED_SIDE);
    }

    /**
     * The decoded square and all that is made of it.
     *
     * @param side of the middle of the picture, in pixels
     * @param bytesPerPixel that the decoder keeps for each pixel of the square
     */
    public static long square(int side, int bytesPerPixel) {
        long decoded = side / step(side);
        return decoded * decoded * (bytesPerPixel + SHRINKING) + SQUARES;
    }

    /**
     * Of a picture that does not move.
     *
     * @param file from its beginning; not closed
     * @throws UnreadableImage if its layout would make a decoder work without bound, or is one that is not decoded here
     * @throws IOException if reading it fails
     */
    public static DecodingCost of(ImageHeader header, InputStream file) throws IOException, UnreadableImage {
        int side = Math.min(header.width(), header.height());
        return switch (header.contentType()) {
            case ContentType.JPEG -> jpeg(JpegLayout.read(file), side);
            case ContentType.PNG -> png(file.readNBytes(PNG_COLOUR + 1), header.width(), side);
            case ContentType.WEBP -> webp(WebpLayout.read(file));
            default -> new DecodingCost(square(side, 1) + 8L * header.width(), 0);
        };
    }

    private static DecodingCost jpeg(JpegLayout jpeg, int side) {
        int kept = jpeg.components() * (jpeg.profile() || jpeg.components() > 3 ? 3 : 1);
        return new DecodingCost(square(side, kept), jpeg.decoderBytes());
    }

    /** The rows before and after filtering, and one of a pass. */
    private static DecodingCost png(byte[] beginning, int width, int side) throws UnreadableImage {
        if (beginning.length <= PNG_COLOUR) {
            throw new UnreadableImage("This picture breaks off. " + AvatarLimits.WHAT_IS_READ);
        }
        int depth = beginning[PNG_DEPTH] & 0xff;
        int channels = switch (beginning[PNG_COLOUR]) {
            case 2 -> 3;
            case 4 -> 2;
            case 6 -> 4;
            default -> 1;
        };
        long row = ((long) width * channels * depth + 7) / 8;
        return new DecodingCost(square(side, channels * Math.max(1, depth / 8)) + 4 * row, 0);
    }

    private static DecodingCost webp(WebpLayout webp) {
        long pixels = (long) webp.width() * webp.height();
        long heap = square(Math.min(webp.canvasWidth(), webp.canvasHeight()), 4);
        if (webp.lossy()) {
            heap += pixels / 2 + (webp.width() / 16 + 3) * WEBP_COLUMN;
        }
        if (webp.losslessAt() > 0) {
            heap += 5 * pixels + WEBP_CODES;
        }
        return new DecodingCost(heap, 0);
    }
}
