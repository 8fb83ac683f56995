package dev.offstage.task.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

import io.quarkus.runtime.annotations.RegisterResources;

import com.lowagie.text.pdf.BaseFont;

/**
 * A font of one document, which holds the glyphs that the document uses and says which characters they stand for. What it
 * lacks is taken from others, which are read when a character needs them.
 */
@RegisterResources(globs = {
        "net/sf/jasperreports/fonts/dejavu/DejaVuSansCondensed*.ttf", "fonts/ttf/*/*.ttf",
        "com/lowagie/text/version.properties", "com/lowagie/text/error_messages/en.lng"})
final class ReportFont {

    /** Part of a text that one font has. */
    record Run(BaseFont font, String text) {}

    private static final String DIRECTORY = "/net/sf/jasperreports/fonts/dejavu/";
    /** Chinese and Japanese; then the alphabets of India and its neighbours, Thai, and pictographs. */
    private static final List<String> FALLBACKS = List.of("/fonts/ttf/NotoSansSC/NotoSansSC-Regular.ttf",
            "/fonts/ttf/Kurinto/KurintoSans-Rg.ttf");
    private static final int REPLACEMENT = 0xFFFD;
    private static final String ELLIPSIS = "…";

    private final List<BaseFont> fonts = new ArrayList<>();

    private ReportFont(String file) {
        fonts.add(read(DIRECTORY + file));
    }

    private static BaseFont read(String path) {
        try (InputStream in = ReportFont.class.getResourceAsStream(path)) {
            return BaseFont.createFont(path.substring(path.lastIndexOf('/') + 1), BaseFont.IDENTITY_H,
                    BaseFont.EMBEDDED, false, in.readAllBytes(), null);
        } catch (IOException e) {
            throw new UncheckedIOException("The font " + path + " cannot be read.", e);
        }
    }

    static ReportFont regular() {
        return new ReportFont("DejaVuSansCondensed.ttf");
    }

    static ReportFont bold() {
        return new ReportFont("DejaVuSansCondensed-Bold.ttf");
    }

    /** A text in order, cut where the font changes. */
    List<Run> runs(String text) {
        List<Run> runs = new ArrayList<>();
        int start = 0;
        BaseFont current = fonts.get(0);
        for (int at = 0; at < text.length(); at += Character.charCount(text.codePointAt(at))) {
            int character = text.codePointAt(at);
            // A mark is drawn on its letter by the font of the letter.
            BaseFont font = isMark(character) && current.charExists(character) ? current : fontOf(character);
            if (font != current && at > start) {
                runs.add(new Run(current, text.substring(start, at)));
                start = at;
            }
            current = font;
        }
        runs.add(new Run(current, text.substring(start)));
        return runs;
    }

    private static boolean isMark(int character) {
        int type = Character.getType(character);
        return type == Character.NON_SPACING_MARK || type == Character.COMBINING_SPACING_MARK;
    }

    float width(String text, float size) {
        float width = 0;
        for (Run run : runs(text)) {
            width += run.font.getWidthPoint(run.text, size);
        }
        return width;
    }

    /**
     * What can be printed of a text: composed characters, on one line, with the replacement character for those that no font
     * has, and without what only joins or colours the ones before.
     */
    String printable(String text) {
        String composed = Normalizer.normalize(text, Normalizer.Form.NFC);
        IntPredicate has = fonts.get(0)::charExists;
        if (composed.codePoints().allMatch(has)) {
            return composed;
        }
        StringBuilder printable = new StringBuilder(composed.length());
        composed.codePoints()
                .map(character -> Character.isISOControl(character) ? ' ' : character)
                .filter(character -> has.test(character) || !isInvisible(character))
                .map(character -> fontOf(character).charExists(character) ? character : REPLACEMENT)
                .forEach(printable::appendCodePoint);
        return printable.toString();
    }

    /** Joiners and the like, variation selectors, and the skin colours of emoji. */
    private static boolean isInvisible(int character) {
        return Character.getType(character) == Character.FORMAT || character >= 0xFE00 && character <= 0xFE0F
                || character >= 0xE0100 && character <= 0xE01EF || character >= 0x1F3FB && character <= 0x1F3FF;
    }

    /** The first font that has it; where none does, the first of all. */
    private BaseFont fontOf(int character) {
        for (int i = 0; i <= FALLBACKS.size(); i++) {
            if (i == fonts.size()) {
                fonts.add(read(FALLBACKS.get(i - 1)));
            }
            if (fonts.get(i).charExists(character)) {
                return fonts.get(i);
            }
        }
        return fonts.get(0);
    }

    /** As much of a text as fits, with an ellipsis if that is not all. */
    String fitting(String text, float size, float width) {
        if (width(text, size) <= width) {
            return text;
        }
        int fits = 0;
        int tooMany = text.length();
        while (tooMany - fits > 1) {
            int middle = (fits + tooMany) / 2;
            if (width(beginning(text, middle) + ELLIPSIS, size) <= width) {
                fits = middle;
            } else {
                tooMany = middle;
            }
        }
        return beginning(text, fits).stripTrailing() + ELLIPSIS;
    }

    /** Leaves no half of a surrogate pair. */
    private static String beginning(String text, int length) {
        boolean splits = length > 0 && Character.isHighSurrogate(text.charAt(length - 1));
        return text.substring(0, splits ? length - 1 : length);
    }
}
