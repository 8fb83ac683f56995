package dev.offstage.picture.format;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The sample tables of a track of an MP4 file (ISO/IEC 14496-12 sections 8.6.2, 8.7.3, 8.7.4 and 8.7.5): where the key
 * frames are. Entries are looked up where they stand; a table that claims to be longer than its box is refused.
 */
final class Mp4Samples {

    /** Version and flags of a box come before its fields. */
    private static final int COUNT = 4;
    private static final int ENTRIES = 8;

    private final ByteBuffer file;
    private final ByteBuffer sizes;
    private final int size;
    private final int samples;
    private final Table chunks;
    private final Table offsets;
    private final boolean longOffsets;
    private final Optional<Table> keyFrames;

    /** Entries of the same length. */
    private record Table(ByteBuffer content, int start, int count, int entryLength) {

        static Table of(ByteBuffer content, int entryLength) throws UnreadableImage {
            if (content.limit() < ENTRIES) {
                throw Mp4Boxes.broken();
            }
            long count = Integer.toUnsignedLong(content.getInt(COUNT));
            if (count * entryLength > content.limit() - ENTRIES) {
                throw Mp4Boxes.broken();
            }
            return new Table(content, ENTRIES, (int) count, entryLength);
        }

        long get(int entry, int field) {
            return Integer.toUnsignedLong(content.getInt(start + entry * entryLength + field));
        }
    }

    /** @param table the content of the box stbl */
    Mp4Samples(ByteBuffer file, Mp4Boxes table) throws UnreadableImage {
        this.file = file;
        this.sizes = table.require("stsz").content();
        if (sizes.limit() < ENTRIES + 4) {
            throw Mp4Boxes.broken();
        }
        this.size = sizes.getInt(COUNT);
        this.samples = sizes.getInt(ENTRIES);
        if (size < 0 || samples < 0 || size == 0 && samples > (sizes.limit() - ENTRIES - 4) / 4) {
            throw Mp4Boxes.broken();
        }
        this.chunks = Table.of(table.require("stsc").content(), 12);
        Optional<Mp4Boxes> shortOffsets = table.first("stco");
        this.longOffsets = shortOffsets.isEmpty();
        this.offsets = longOffsets
                ? Table.of(table.require("co64").content(), 8)
                : Table.of(shortOffsets.get().content(), 4);
        Optional<Mp4Boxes> sync = table.first("stss");
        this.keyFrames = sync.isEmpty() ? Optional.empty() : Optional.of(Table.of(sync.get().content(), 4));
    }

    int count() {
        return samples;
    }

    /** The first ones, at most so many, as slices of the file. Where the file names none, each sample is one. */
    List<ByteBuffer> keyFrames(int most) throws UnreadableImage {
        int count = keyFrames.map(Table::count).orElse(samples);
        List<ByteBuffer> found = new ArrayList<>();
        for (int i = 0; i < Math.min(most, count); i++) {
            long number = keyFrames.isPresent() ? keyFrames.get().get(i, 0) : i + 1L;
            if (number < 1 || number > samples) {
                throw Mp4Boxes.broken();
            }
            found.add(sample((int) number - 1));
        }
        return found;
    }

    /** Samples lie in chunks; a run of chunks with equally many each is one entry. */
    private ByteBuffer sample(int index) throws UnreadableImage {
        long firstOfRun = 0;
        for (int run = 0; run < chunks.count; run++) {
            long chunk = chunks.get(run, 0) - 1;
            long perChunk = chunks.get(run, 4);
            long end = run + 1 < chunks.count ? chunks.get(run + 1, 0) - 1 : offsets.count;
            if (chunk < 0 || perChunk < 1 || end <= chunk || end > offsets.count) {
                throw Mp4Boxes.broken();
            }
            long inRun = (end - chunk) * perChunk;
            if (index < firstOfRun + inRun) {
                long first = firstOfRun + (index - firstOfRun) / perChunk * perChunk;
                return slice(offset((int) (chunk + (index - firstOfRun) / perChunk)), (int) first, index);
            }
            firstOfRun += inRun;
        }
        throw Mp4Boxes.broken();
    }

    private ByteBuffer slice(long chunk, int first, int index) throws UnreadableImage {
        long start = chunk + (long) size * (index - first);
        for (int before = first; size == 0 && before < index; before++) {
            start += sizeOf(before);
        }
        long length = sizeOf(index);
        if (start < 0 || start > file.limit() || length < 1 || length > file.limit() - start) {
            throw Mp4Boxes.broken();
        }
        return file.slice((int) start, (int) length);
    }

    private long offset(int chunk) {
        return longOffsets
                ? offsets.content.getLong(ENTRIES + chunk * 8)
                : offsets.get(chunk, 0);
    }

    private long sizeOf(int sample) {
        return size != 0 ? size : Integer.toUnsignedLong(sizes.getInt(ENTRIES + 4 + sample * 4));
    }
}
