package dev.offstage.task.report;

import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Locale;

/** Columns by day; where there are more days than columns can stand side by side, by week or by thirty days. */
final class ReportChart {

    private static final int MOST_COLUMNS = 366;
    private static final int[] DAYS_OF_A_COLUMN = {1, 7, 30};
    private static final int MOST_DATES = 7;
    private static final int MOST_LINES = 5;
    private static final float LABEL_SIZE = 7.5f;
    private static final float ABOVE_BASE = 14;
    private static final DateTimeFormatter SHORT = DateTimeFormatter.ofPattern("d MMM", Locale.ENGLISH);
    private static final DateTimeFormatter WITH_YEAR = DateTimeFormatter.ofPattern("d MMM uuuu", Locale.ENGLISH);

    private final LocalDate first;
    private final boolean withinAYear;
    private final int daysOfAColumn;
    private final long[] columns;

    ReportChart(DailySignups signups) {
        Period period = signups.period();
        this.first = period.from();
        this.withinAYear = period.from().getYear() == period.to().getYear();
        this.daysOfAColumn = Arrays.stream(DAYS_OF_A_COLUMN)
                .filter(days -> period.days() <= days * MOST_COLUMNS)
                .findFirst()
                .orElseThrow();
        this.columns = signups.sums(daysOfAColumn);
    }

    String title() {
        return switch (daysOfAColumn) {
            case 1 -> "By day";
            case 7 -> "By week";
            default -> "By " + daysOfAColumn + " days";
        };
    }

    /** Draws it into the rectangle with this lower left corner, labels and all. */
    void draw(ReportCanvas canvas, float left, float bottom, float width, float height) {
        long highest = Arrays.stream(columns).max().orElseThrow();
        long step = step(highest);
        long lines = (highest + step - 1) / step;
        long top = step * lines;
        float base = bottom + ABOVE_BASE;
        float margin = canvas.regular().width(number(top), LABEL_SIZE) + 6;
        float plotHeight = height - ABOVE_BASE - LABEL_SIZE;
        for (int i = 0; i <= lines; i++) {
            float y = base + plotHeight * i / lines;
            canvas.line(left + margin, left + width, y, i == 0 ? ReportColor.FAINT : ReportColor.LINE);
            canvas.textTo(canvas.regular(), LABEL_SIZE, ReportColor.FAINT, left + margin - 6, y - LABEL_SIZE / 3,
                    number(step * i));
        }
        columns(canvas, left + margin, base, width - margin, plotHeight / top);
    }

    private void columns(ReportCanvas canvas, float left, float base, float width, float pointsEach) {
        float slot = width / columns.length;
        float gap = slot > 3 ? Math.min(slot / 4, 4) : 0;
        float column = Math.min(slot - gap, 28);
        int every = (columns.length + MOST_DATES - 1) / MOST_DATES;
        for (int i = 0; i < columns.length; i++) {
            float middle = left + slot * i + slot / 2;
            if (columns[i] > 0) {
                canvas.bar(middle - column / 2, base, column, columns[i] * pointsEach, ReportColor.BAR);
            }
            if (i % every == 0) {
                String date = first.plusDays((long) i * daysOfAColumn).format(withinAYear ? SHORT : WITH_YEAR);
                float half = canvas.regular().width(date, LABEL_SIZE) / 2;
                float start = Math.max(left, Math.min(middle - half, left + width - 2 * half));
                canvas.text(canvas.regular(), LABEL_SIZE, ReportColor.FAINT, start, base - ABOVE_BASE + 3, date);
            }
        }
    }

    /** The least of 1, 2, 5, 10, 20, 50, … with which the lines reach above the highest column. */
    private static long step(long highest) {
        for (long power = 1;; power *= 10) {
            for (long digit : new long[]{1, 2, 5}) {
                if (digit * power * MOST_LINES >= highest) {
                    return digit * power;
                }
            }
        }
    }

    private static String number(long value) {
        return String.format(Locale.ENGLISH, "%,d", value);
    }
}
