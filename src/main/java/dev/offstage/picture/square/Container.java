package dev.offstage.picture.square;

import java.util.Optional;

import dev.offstage.picture.format.ContentType;

/**
 * A picture's file taken apart, as far as its metadata matters for the pixels.
 *
 * @param picture the file to decode, without the parts that a decoder would unpack for nothing
 * @param orientation upright if the file does not say
 * @param colours what the samples mean, where the decoder does not apply it itself
 */
record Container(byte[] picture, Orientation orientation, Optional<Colours> colours) {

    /** @param contentType one of {@link dev.offstage.picture.format.ImageHeader}'s */
    static Container open(byte[] file, String contentType) {
        return switch (contentType) {
            case ContentType.JPEG -> JpegSegments.open(file);
            case ContentType.PNG -> PngChunks.open(file);
            case ContentType.WEBP -> WebpChunks.open(file);
            default -> new Container(file, Orientation.UPRIGHT, Optional.empty());
        };
    }
}
