package dev.offstage.picture.square;

import java.awt.image.IndexColorModel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * The 255 colours that stand for all those of a frame, by median cut (P. Heckbert, "Color image quantization for frame
 * buffer display", SIGGRAPH 1982), and one place for what is transparent. Colours that differ in the last three bits of
 * red, green and blue count as one.
 */
final class Palette {

    static final int TRANSPARENT = 255;
    private static final int COLORS = 255;
    private static final int CELLS = 1 << 15;

    private final byte[] places = new byte[CELLS];
    private final byte[] reds = new byte[256];
    private final byte[] greens = new byte[256];
    private final byte[] blues = new byte[256];

    /** Colours that are as good as equal, and how many pixels have them. */
    private static final class Cell {

        private final int key;
        private long red;
        private long green;
        private long blue;
        private int pixels;

        Cell(int key) {
            this.key = key;
        }

        /** @param channel 0 for red, 1 for green, 2 for blue */
        int level(int channel) {
            return key >> 10 - 5 * channel & 31;
        }
    }

    /** Cells that share a colour as long as there are not enough places. */
    private record Box(List<Cell> cells, int widest, long weight) {

        static Box of(List<Cell> cells) {
            int widest = 0;
            int range = -1;
            for (int channel = 0; channel < 3; channel++) {
                int lowest = 31;
                int highest = 0;
                for (Cell cell : cells) {
                    lowest = Math.min(lowest, cell.level(channel));
                    highest = Math.max(highest, cell.level(channel));
                }
                if (highest - lowest > range) {
                    range = highest - lowest;
                    widest = channel;
                }
            }
            long pixels = cells.stream().mapToLong(cell -> cell.pixels).sum();
            return new Box(cells, widest, pixels * range);
        }

        /** Two boxes with about as many pixels each. */
        List<Box> cut() {
            List<Cell> sorted = new ArrayList<>(cells);
            sorted.sort(Comparator.comparingInt(cell -> cell.level(widest)));
            long half = sorted.stream().mapToLong(cell -> cell.pixels).sum() / 2;
            int at = 1;
            long seen = sorted.get(0).pixels;
            while (at < sorted.size() - 1 && seen < half) {
                seen += sorted.get(at++).pixels;
            }
            return List.of(of(sorted.subList(0, at)), of(sorted.subList(at, sorted.size())));
        }
    }

    /** @param pixels of which those that are not opaque do not count */
    Palette(int[] pixels) {
        List<Cell> cells = cells(pixels);
        if (cells.isEmpty()) {
            return;
        }
        PriorityQueue<Box> boxes = new PriorityQueue<>(Comparator.comparingLong(Box::weight).reversed());
        boxes.add(Box.of(cells));
        while (boxes.size() < COLORS && boxes.peek().cells.size() > 1) {
            boxes.addAll(boxes.remove().cut());
        }
        int place = 0;
        for (Box box : boxes) {
            give(place++, box.cells);
        }
    }

    private static List<Cell> cells(int[] pixels) {
        Cell[] byKey = new Cell[CELLS];
        List<Cell> cells = new ArrayList<>();
        for (int pixel : pixels) {
            if (pixel >>> 24 == 0) {
                continue;
            }
            int key = key(pixel);
            Cell cell = byKey[key];
            if (cell == null) {
                cell = new Cell(key);
                byKey[key] = cell;
                cells.add(cell);
            }
            cell.red += pixel >> 16 & 0xff;
            cell.green += pixel >> 8 & 0xff;
            cell.blue += pixel & 0xff;
            cell.pixels++;
        }
        return cells;
    }

    private void give(int place, List<Cell> cells) {
        long red = 0;
        long green = 0;
        long blue = 0;
        long pixels = 0;
        for (Cell cell : cells) {
            red += cell.red;
            green += cell.green;
            blue += cell.blue;
            pixels += cell.pixels;
            places[cell.key] = (byte) place;
        }
        reds[place] = (byte) Math.round((double) red / pixels);
        greens[place] = (byte) Math.round((double) green / pixels);
        blues[place] = (byte) Math.round((double) blue / pixels);
    }

    private static int key(int pixel) {
        return pixel >> 9 & 0x7c00 | pixel >> 6 & 0x3e0 | pixel >> 3 & 0x1f;
    }

    /** @param pixel one of those that the palette was made of, or a transparent one */
    byte place(int pixel) {
        return pixel >>> 24 == 0 ? (byte) TRANSPARENT : places[key(pixel)];
    }

    IndexColorModel colors() {
        return new IndexColorModel(8, 256, reds, greens, blues, TRANSPARENT);
    }
}
