package dev.offstage.task.report;

import java.io.OutputStream;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

import com.lowagie.text.Document;
import com.lowagie.text.PageSize;
import com.lowagie.text.pdf.PdfName;
import com.lowagie.text.pdf.PdfString;
import com.lowagie.text.pdf.PdfWriter;

/**
 * The sign-ups of a period as a PDF. Each page is written as soon as it is full, so a report of any length takes little memory;
 * how many pages there will be follows from the number of lines, which is known before the first.
 */
final class SignupReport {

    private static final float MARGIN = 54;
    private static final float LEFT = MARGIN;
    private static final float RIGHT = PageSize.A4.getWidth() - MARGIN;
    private static final float TOP = PageSize.A4.getHeight() - MARGIN;
    private static final float FOOT = 34;
    /** Where the column headings begin on the first page: title, totals and chart are above. */
    private static final float FIRST_TABLE_TOP = TOP - 318;
    private static final float LINE_HEIGHT = 15;
    private static final float LAST_LINE = MARGIN + 6;
    private static final float SIZE = 8.5f;
    private static final float SMALL = 7.5f;
    private static final float NAME = LEFT + 92;
    private static final float EMAIL = LEFT + 252;
    private static final float GUTTER = 10;

    private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("d MMMM uuuu", Locale.ENGLISH);
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private final DailySignups signups;
    private final Document document;
    private final ReportCanvas canvas;
    private final long pages;
    private long lines;
    private int page = 1;
    private float y;
    private int roomFor;

    /** Writes what stands before the first line. */
    SignupReport(OutputStream out, DailySignups signups) {
        this.signups = signups;
        this.pages = pages(signups.total());
        this.document = new Document(PageSize.A4);
        PdfWriter writer = PdfWriter.getInstance(document, out);
        document.addTitle("Sign-ups " + signups.period());
        document.addCreator("Offstage");
        document.open();
        writer.getExtraCatalog().put(PdfName.LANG, new PdfString("en"));
        writer.setPageEmpty(false);
        canvas = new ReportCanvas(writer.getDirectContent());
        firstPage();
    }

    private static long pages(long lines) {
        int first = linesBelow(FIRST_TABLE_TOP);
        int further = linesBelow(TOP);
        return lines <= first ? 1 : 1 + (lines - first + further - 1) / further;
    }

    private static int linesBelow(float headings) {
        return (int) ((headings - LINE_HEIGHT - LAST_LINE) / LINE_HEIGHT);
    }

    long pages() {
        return pages;
    }

    private void firstPage() {
        text(canvas.bold(), 20, ReportColor.INK, LEFT, TOP - 16, "Sign-ups");
        text(canvas.regular(), 11, ReportColor.FAINT, LEFT, TOP - 36, heading());
        figures(TOP - 66);
        ReportChart chart = new ReportChart(signups);
        if (signups.total() == 0) {
            text(canvas.regular(), 11, ReportColor.INK, LEFT, TOP - 126, "Nobody signed up in this period.");
            return;
        }
        text(canvas.bold(), 10, ReportColor.INK, LEFT, TOP - 122, chart.title());
        chart.draw(canvas, LEFT, TOP - 286, RIGHT - LEFT, 154);
        columnHeadings(FIRST_TABLE_TOP);
    }

    private String heading() {
        LocalDate from = signups.period().from();
        LocalDate to = signups.period().to();
        return from.equals(to) ? DAY.format(from) : DAY.format(from) + " – " + DAY.format(to);
    }

    private void figures(float baseline) {
        long total = signups.total();
        int days = signups.period().days();
        figure(LEFT, baseline, "Total", number(total));
        figure(LEFT + 120, baseline, "Days", number(days));
        figure(LEFT + 200, baseline, "A day on average", String.format(Locale.ENGLISH, "%,.1f", (double) total / days));
        if (total > 0) {
            LocalDate busiest = signups.busiestDay();
            figure(LEFT + 325, baseline, "Most on " + DAY.format(busiest), number(signups.on(busiest)));
        }
    }

    private void figure(float x, float baseline, String label, String value) {
        text(canvas.regular(), SMALL, ReportColor.FAINT, x, baseline, label);
        text(canvas.bold(), 14, ReportColor.INK, x, baseline - 19, value);
    }

    private void columnHeadings(float top) {
        float baseline = top - LINE_HEIGHT + 5;
        text(canvas.bold(), SIZE, ReportColor.INK, LEFT, baseline, "Date (UTC)");
        text(canvas.bold(), SIZE, ReportColor.INK, NAME, baseline, "Name");
        text(canvas.bold(), SIZE, ReportColor.INK, EMAIL, baseline, "E-mail");
        canvas.line(LEFT, RIGHT, top - LINE_HEIGHT, ReportColor.FAINT);
        y = top - LINE_HEIGHT;
        roomFor = linesBelow(top);
    }

    /** Writes a line; they come in the order in which they are to be read. */
    void add(Signup signup) {
        if (roomFor == 0) {
            nextPage();
        }
        roomFor--;
        y -= LINE_HEIGHT;
        float baseline = y + 4.5f;
        text(canvas.regular(), SIZE, ReportColor.INK, LEFT, baseline, TIME.format(signup.at()));
        cell(NAME, EMAIL - GUTTER, baseline, signup.name());
        cell(EMAIL, RIGHT, baseline, signup.email());
        canvas.line(LEFT, RIGHT, y, ReportColor.LINE);
        lines++;
    }

    private void cell(float left, float right, float baseline, String value) {
        ReportFont font = canvas.regular();
        text(font, SIZE, ReportColor.INK, left, baseline, font.fitting(font.printable(value), SIZE, right - left));
    }

    private void nextPage() {
        foot();
        document.newPage();
        page++;
        columnHeadings(TOP);
    }

    private void foot() {
        text(canvas.regular(), SMALL, ReportColor.FAINT, LEFT, FOOT, "Sign-ups " + signups.period());
        canvas.textTo(canvas.regular(), SMALL, ReportColor.FAINT, RIGHT, FOOT,
                "page " + number(page) + " of " + number(pages));
    }

    private void text(ReportFont font, float size, ReportColor color, float x, float baseline, String text) {
        canvas.text(font, size, color, x, baseline, text);
    }

    private static String number(long value) {
        return String.format(Locale.ENGLISH, "%,d", value);
    }

    /**
     * Ends the last page.
     *
     * @throws IllegalStateException if there were more lines than sign-ups, or fewer: the totals would be wrong
     */
    void finish() {
        if (lines != signups.total()) {
            throw new IllegalStateException(
                    "The report has %d lines for %d sign-ups.".formatted(lines, signups.total()));
        }
        foot();
        document.close();
    }
}
