package dev.offstage.picture.format;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The boxes that a box of an MP4 file holds (ISO/IEC 14496-12 section 4.2). A length in the file is believed only as far
 * as there are bytes, and nothing is allocated by it.
 *
 * @param content of the box around them, without its header; only looked at
 */
record Mp4Boxes(ByteBuffer content) {

    private static final int HEADER = 8;
    private static final int LONG_HEADER = 16;
    private static final int TO_THE_END = 0;
    private static final int LONG = 1;

    /** A box without its header. */
    record Box(String type, ByteBuffer content) {}

    /** The first of this type. */
    Optional<Mp4Boxes> first(String type) throws UnreadableImage {
        return all(type, 1).stream().findFirst();
    }

    /** @throws UnreadableImage if there is none */
    Mp4Boxes require(String... path) throws UnreadableImage {
        Mp4Boxes box = this;
        for (String type : path) {
            box = box.first(type).orElseThrow(Mp4Boxes::broken);
        }
        return box;
    }

    /** In order; at most so many. */
    List<Mp4Boxes> all(String type, int most) throws UnreadableImage {
        List<Mp4Boxes> found = new ArrayList<>();
        ByteBuffer left = content.duplicate().rewind();
        while (left.remaining() >= HEADER && found.size() < most) {
            Box box = next(left);
            if (box.type.equals(type)) {
                found.add(new Mp4Boxes(box.content));
            }
        }
        return found;
    }

    /** Takes one box from the front. */
    static Box next(ByteBuffer left) throws UnreadableImage {
        int start = left.position();
        long length = Integer.toUnsignedLong(left.getInt(start));
        int header = HEADER;
        if (length == LONG && left.remaining() >= LONG_HEADER) {
            length = left.getLong(start + HEADER);
            header = LONG_HEADER;
        } else if (length == TO_THE_END) {
            length = left.remaining();
        }
        if (length < header || length > left.remaining()) {
            throw broken();
        }
        byte[] type = new byte[4];
        left.get(start + 4, type);
        left.position(start + (int) length);
        return new Box(new String(type, StandardCharsets.ISO_8859_1),
                left.slice(start + header, (int) length - header));
    }

    static UnreadableImage broken() {
        return new UnreadableImage("This video is broken or breaks off before its end. " + AvatarLimits.WHAT_IS_READ);
    }
}
