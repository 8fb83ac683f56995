package dev.offstage.picture;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.concurrent.Semaphore;

import dev.offstage.picture.format.AvatarLimits;
import dev.offstage.picture.format.ContentType;
import dev.offstage.picture.format.DecodingCost;
import dev.offstage.picture.format.Ffmpeg;
import dev.offstage.picture.format.GifFrames;
import dev.offstage.picture.format.ImageHeader;
import dev.offstage.picture.format.Mp4Video;
import dev.offstage.picture.format.UnreadableImage;
import dev.offstage.picture.format.UploadedFile;

/**
 * A file that can become an avatar, checked.
 *
 * @param contentType one of {@link ContentType}'s, by content, not by name
 * @param etag a hash of the content, without quotes
 */
public record AvatarUpload(UploadedFile file, String contentType, String etag) {

    /** How many animations and videos are in memory at once to be checked; others wait. */
    private static final Semaphore LOOKED_THROUGH = new Semaphore(2);

    /**
     * Tells whether the file can be decoded later, as far as that can be told without decoding it.
     *
     * @param ffmpeg which reads videos later
     * @throws TooLargeUpload if it is over 20 MiB, or over 5 MiB and does not move
     * @throws UnreadableImage if it is nothing that is read here, broken, or has too many pixels
     * @throws IOException if the disk fails
     */
    public static AvatarUpload check(Path path, AvatarLimits limits, Ffmpeg ffmpeg)
            throws IOException, TooLargeUpload, UnreadableImage {
        UploadedFile file = UploadedFile.of(path);
        if (file.length() > AvatarLimits.LARGEST_MOVING) {
            throw new TooLargeUpload("The avatar is larger than 20 MiB: choose a smaller one.");
        }
        String contentType = contentType(file);
        if (contentType.equals(ContentType.MP4)) {
            ffmpeg.require();
        }
        if (!moves(file, contentType, limits)) {
            if (file.length() > AvatarLimits.LARGEST_STILL) {
                throw new TooLargeUpload(
                        "The avatar is larger than 5 MiB: choose a smaller picture. Only an animated GIF or"
                                + " an MP4 video may have up to 20 MiB.");
            }
            ImageHeader header = ImageHeader.read(file, limits.maxPixels());
            try (InputStream content = file.stream()) {
                limits.check(DecodingCost.of(header, content));
            }
        }
        return new AvatarUpload(file, contentType, hash(file));
    }

    private static String contentType(UploadedFile file) throws IOException {
        try (InputStream content = file.stream()) {
            return ContentType.of(ByteBuffer.wrap(content.readNBytes(ContentType.TOLD_BY))).orElse("");
        }
    }

    /** @throws UnreadableImage if it does, or would, and cannot be read */
    private static boolean moves(UploadedFile file, String contentType, AvatarLimits limits)
            throws IOException, UnreadableImage {
        if (!contentType.equals(ContentType.GIF) && !contentType.equals(ContentType.MP4)) {
            return false;
        }
        LOOKED_THROUGH.acquireUninterruptibly();
        try {
            ByteBuffer content = ByteBuffer.wrap(file.bytes());
            if (contentType.equals(ContentType.GIF)) {
                GifFrames frames = GifFrames.read(content, limits);
                if (frames.animated()) {
                    limits.check(frames.cost());
                }
                return frames.animated();
            }
            limits.check(Mp4Video.read(content).cost());
            return true;
        } finally {
            LOOKED_THROUGH.release();
        }
    }

    private static String hash(UploadedFile file) throws IOException {
        MessageDigest digest = Avatar.digest();
        try (InputStream content = new DigestInputStream(file.stream(), digest)) {
            content.transferTo(OutputStream.nullOutputStream());
        }
        return Avatar.tag(digest.digest());
    }
}
