package dev.offstage.task.report;

import java.util.Map;

import com.lowagie.text.pdf.BaseFont;
import com.oracle.svm.core.annotate.Substitute;
import com.oracle.svm.core.annotate.TargetClass;

/**
 * OpenPDF can have Apache FOP join letters, which Offstage does not bring. A native image is built of all that could be called, and does not
 * build while FOP is missing: there it is said to be missing. On a JVM nothing changes.
 */
@TargetClass(className = "com.lowagie.text.pdf.FopGlyphProcessor")
final class PlainGlyphs {

    private PlainGlyphs() {
    }

    @Substitute
    public static boolean isFopSupported() {
        return false;
    }

    @Substitute
    public static byte[] convertToBytesWithGlyphs(BaseFont font, String text, String fileName,
            Map<Integer, int[]> longTag,
            String language) {
        throw new UnsupportedOperationException("Apache FOP is not in a native image.");
    }
}
