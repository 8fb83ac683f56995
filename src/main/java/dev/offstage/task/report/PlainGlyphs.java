package dev.offstage.task.report;

import java.util.Map;

import com.lowagie.text.pdf.BaseFont;
import com.oracle.svm.core.annotate.Substitute;
import com.oracle.svm.core.annotate.TargetClass;

/**
 * OpenPDF can have Apache FOP join letters, which Offstage does not bring. The build of a native image fails where code refers
 * to classes that are missing, so there this takes the place of that code, and says that FOP is missing. On a JVM it has no
 * effect.
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
