package dev.offstage.task.report;

import java.text.Bidi;

import com.lowagie.text.Chunk;
import com.lowagie.text.Element;
import com.lowagie.text.Font;
import com.lowagie.text.Phrase;
import com.lowagie.text.pdf.ColumnText;
import com.lowagie.text.pdf.PdfContentByte;
import com.lowagie.text.pdf.PdfWriter;

/** Draws text and lines on the current page of a document. Coordinates are in points (1/72 inch), from the lower left corner. */
final class ReportCanvas {

    private static final float HAIRLINE = 0.5f;

    private final PdfContentByte content;
    private final ReportFont regular = ReportFont.regular();
    private final ReportFont bold = ReportFont.bold();

    ReportCanvas(PdfContentByte content) {
        this.content = content;
    }

    ReportFont regular() {
        return regular;
    }

    ReportFont bold() {
        return bold;
    }

    void text(ReportFont font, float size, ReportColor color, float x, float y, String text) {
        if (Bidi.requiresBidi(text.toCharArray(), 0, text.length())) {
            rightToLeft(font, size, color, x, y, text);
            return;
        }
        content.beginText();
        content.setColorFill(color.awt());
        content.setTextMatrix(x, y);
        for (ReportFont.Run run : font.runs(text)) {
            content.setFontAndSize(run.font(), size);
            content.showText(run.text());
        }
        content.endText();
    }

    /** Text that is wholly or partly Hebrew, Arabic or the like: in the order and with the joined letters that it is read with. */
    private void rightToLeft(ReportFont font, float size, ReportColor color, float x, float y, String text) {
        boolean startsLeft = new Bidi(text, Bidi.DIRECTION_DEFAULT_LEFT_TO_RIGHT).baseIsLeftToRight();
        Phrase phrase = new Phrase();
        for (ReportFont.Run run : font.runs(text)) {
            phrase.add(new Chunk(run.text(), new Font(run.font(), size, Font.NORMAL, color.awt())));
        }
        ColumnText.showTextAligned(content, Element.ALIGN_LEFT, phrase, x, y, 0,
                startsLeft ? PdfWriter.RUN_DIRECTION_LTR : PdfWriter.RUN_DIRECTION_RTL, 0);
    }

    /** @param right where the text ends */
    void textTo(ReportFont font, float size, ReportColor color, float right, float y, String text) {
        text(font, size, color, right - font.width(text, size), y, text);
    }

    void line(float left, float right, float y, ReportColor color) {
        content.setColorStroke(color.awt());
        content.setLineWidth(HAIRLINE);
        content.moveTo(left, y);
        content.lineTo(right, y);
        content.stroke();
    }

    void bar(float x, float y, float width, float height, ReportColor color) {
        content.setColorFill(color.awt());
        content.rectangle(x, y, width, height);
        content.fill();
    }
}
