package dev.offstage.task.avatar;

import java.awt.color.ICC_Profile;
import java.util.Optional;

/**
 * A picture's file taken apart, as far as its metadata matters for the pixels.
 *
 * @param picture the file to decode, without the parts that a decoder would unpack for nothing
 * @param orientation upright if the file does not say
 * @param profile the RGB colours that the samples mean, where the decoder does not apply it itself
 */
record Container(byte[] picture, Orientation orientation, Optional<ICC_Profile> profile) {

    /** @param contentType one of {@link dev.offstage.user.ImageHeader}'s */
    static Container open(byte[] file, String contentType) {
        return switch (contentType) {
            case "image/jpeg" -> new Container(file, JpegSegments.orientation(file), Optional.empty());
            case "image/png" -> PngChunks.open(file);
            case "image/webp" -> new Container(file, WebpChunks.orientation(file), Optional.empty());
            default -> new Container(file, Orientation.UPRIGHT, Optional.empty());
        };
    }
}
