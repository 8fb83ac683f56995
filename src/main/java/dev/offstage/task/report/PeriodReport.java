package dev.offstage.task.report;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;

import jakarta.enterprise.context.ApplicationScoped;

import io.quarkus.runtime.annotations.RegisterForReflection;
import io.quarkus.runtime.configuration.ConfigurationException;

import dev.offstage.config.OffstageConfig;
import dev.offstage.job.Attempt;
import dev.offstage.job.JobHandler;
import dev.offstage.job.JobType;
import dev.offstage.job.NewJob;
import dev.offstage.user.EmailAddress;

/** Makes a report of the sign-ups of a period, and has a link to it mailed. */
@ApplicationScoped
public class PeriodReport implements JobHandler<PeriodReport.Payload> {

    public static final JobType<Payload> TYPE = new JobType<>("report", Payload.class);

    private static final String MAIL = "mail";
    /** As many as a job of the type mail takes. */
    private static final int MOST_RECIPIENTS = 50;

    private final ReportMaker maker;
    private final String publicUrl;
    private final List<String> usualRecipients;

    /** @throws ConfigurationException if no mail can be sent to one of the usual recipients */
    PeriodReport(ReportMaker maker, OffstageConfig config) {
        this.maker = maker;
        this.publicUrl = config.publicUrl().replaceFirst("/+$", "");
        this.usualRecipients = config.report().mailTo().orElse(List.of());
        try {
            checkRecipients(usualRecipients);
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException("offstage.report.mail-to cannot be used. " + e.getMessage());
        }
    }

    /**
     * Which period, as days in UTC: from one day to another, or the last days before the one on which a schedule fired, or else the
     * job was enqueued.
     *
     * @param from the first day, such as 2026-01-01; null with lastDays
     * @param to the last day, which is in the report; null with lastDays
     * @param lastDays how many whole days; null with from and to
     * @param mailTo who gets a mail; null or none for those of the settings
     * @param scheduledFor the fire time of the schedule; null if none enqueued the job
     */
    @RegisterForReflection
    public record Payload(String from, String to, Integer lastDays, List<String> mailTo, Instant scheduledFor) {

        /** @throws IllegalArgumentException if it says no period, or no mail can be sent to an address; the message says what to change */
        public Payload {
            boolean days = from != null && to != null && lastDays == null;
            boolean last = from == null && to == null && lastDays != null;
            if (!days && !last) {
                throw new IllegalArgumentException(
                        "Send the first and the last day of the period as \"from\" and \"to\","
                                + " such as 2026-01-01 and 2026-01-31, or how many days back it reaches as \"lastDays\".");
            }
            if (days) {
                period(from, to);
            } else if (lastDays < 1 || lastDays > Period.MOST_DAYS) {
                throw new IllegalArgumentException("\"lastDays\" is " + lastDays + ": send a number from 1 to "
                        + Period.MOST_DAYS + ", which is ten years.");
            }
            mailTo = mailTo == null ? List.of() : mailTo;
            checkRecipients(mailTo);
        }

        Period period(Instant enqueuedAt) {
            return lastDays == null
                    ? period(from, to)
                    : Period.before(scheduledFor == null ? enqueuedAt : scheduledFor, lastDays);
        }

        private static Period period(String from, String to) {
            return new Period(day("from", from), day("to", to));
        }

        private static LocalDate day(String field, String value) {
            try {
                return LocalDate.parse(value);
            } catch (DateTimeException e) {
                throw new IllegalArgumentException(
                        "\"" + field + "\" is no day: send one such as 2026-01-31.", e);
            }
        }
    }

    private static void checkRecipients(List<String> addresses) {
        if (addresses.size() > MOST_RECIPIENTS) {
            throw new IllegalArgumentException(
                    "A report goes to " + MOST_RECIPIENTS + " addresses at the most: name fewer, or a mailing list.");
        }
        addresses.forEach(EmailAddress::new);
    }

    @Override
    public JobType<Payload> type() {
        return TYPE;
    }

    @Override
    public void handle(Attempt<Payload> attempt) throws IOException, InterruptedException {
        Payload payload = attempt.payload();
        Report report = maker.make(attempt.jobId(), payload.period(attempt.createdAt()), attempt::progress);
        attempt.result(Map.of("href", report.href(), "signUps", report.signUps(), "pages", report.pages()));
        List<String> recipients = payload.mailTo().isEmpty() ? usualRecipients : payload.mailTo();
        if (!recipients.isEmpty()) {
            attempt.enqueue(new NewJob(MAIL, ReportMail.of(report, publicUrl, recipients), report.id().toString()));
        }
    }
}
