package dev.offstage.task.report;

import java.util.List;
import java.util.Locale;

/** The payload of a job of the type mail. */
record ReportMail(List<String> to, String subject, String text) {

    /** @param publicUrl where the recipients reach this service, without a slash at the end */
    static ReportMail of(Report report, String publicUrl, List<String> recipients) {
        String text = String.format(Locale.ENGLISH, """
                Sign-ups %s (days in UTC): %,d

                The report has %,d pages. Operators find it at
                %s%s
                """, report.period(), report.signUps(), report.pages(), publicUrl, report.href());
        return new ReportMail(recipients, "Sign-ups " + report.period(), text);
    }
}
