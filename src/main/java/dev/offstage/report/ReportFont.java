package dev.offstage.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.text.Normalizer;

import io.quarkus.runtime.annotations.RegisterResources;

import com.lowagie.text.pdf.BaseFont;

/** A font of one document, which holds the glyphs that the document uses and says which characters they stand for. */
@RegisterResources(globs = {
        "net/sf/jasperreports/fonts/dejavu/DejaVuSansCondensed*.ttf",
        "com/lowagie/text/version.properties", "com/lowagie/text/error_messages/en.lng"})
final class ReportFont {

    private static final String DIRECTORY = "/net/sf/jasperreports/fonts/dejavu/";
    private static final int REPLACEMENT = 0xFFFD;
    private static final String ELLIPSIS = "…";

    private final BaseFont font;

    private ReportFont(String file) {
        try (InputStream in = ReportFont.class.getResourceAsStream(DIRECTORY + file)) {
            font = BaseFont.createFont(file, BaseFont.IDENTITY_H, BaseFont.EMBEDDED, false, in.readAllBytes(), null);
        } catch (IOException e) {
            throw new UncheckedIOException("The font " + file + " cannot be read.", e);
        }
    }

    static ReportFont regular() {
        return new ReportFont("DejaVuSansCondensed.ttf");
    }

    static ReportFont bold() {
        return new ReportFont("DejaVuSansCondensed-Bold.ttf");
    }

    BaseFont base() {
        return font;
    }

    float width(String text, float size) {
        return font.getWidthPoint(text, size);
    }

    /**
     * What can be printed of a text: composed characters, on one line, with the replacement character for those that the font does
     * not have.
     */
    String printable(String text) {
        String composed = Normalizer.normalize(text, Normalizer.Form.NFC);
        if (composed.codePoints().allMatch(this::has)) {
            return composed;
        }
        StringBuilder printable = new StringBuilder(composed.length());
        composed.codePoints()
                .map(character -> Character.isISOControl(character) ? ' ' : character)
                .map(character -> has(character) ? character : REPLACEMENT)
                .forEach(printable::appendCodePoint);
        return printable.toString();
    }

    private boolean has(int character) {
        return font.charExists(character);
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
