package dev.offstage.task.report;

import java.awt.Color;

/** The colours of a report. As numbers, for a native image holds no AWT colour that its build has made. */
enum ReportColor {

    INK(0x1f2933), FAINT(0x616e7c), LINE(0xd9dee4), BAR(0x3e6d9c);

    private final int rgb;

    ReportColor(int rgb) {
        this.rgb = rgb;
    }

    Color awt() {
        return new Color(rgb);
    }
}
