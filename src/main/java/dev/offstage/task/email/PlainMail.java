package dev.offstage.task.email;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.regex.Pattern;

import jakarta.enterprise.context.ApplicationScoped;

import io.quarkus.mailer.Attachment;
import io.quarkus.mailer.Mail;
import io.quarkus.mailer.reactive.ReactiveMailer;
import io.quarkus.runtime.annotations.RegisterForReflection;

import dev.offstage.job.Attempt;
import dev.offstage.job.JobHandler;
import dev.offstage.job.JobType;
import dev.offstage.job.NewJob;

/** Sends a mail of plain text that another job, or a caller, has written. */
@ApplicationScoped
public class PlainMail implements JobHandler<PlainMail.Payload> {

    public static final JobType<Payload> TYPE = new JobType<>("mail", Payload.class);

    private static final int MOST_RECIPIENTS = 50;
    private static final int LONGEST_SUBJECT = 500;
    private static final int LONGEST_NAME = 80;
    private static final Pattern CONTENT_TYPE = Pattern
            .compile("[A-Za-z0-9!#$&^_.+-]{1,100}/[A-Za-z0-9!#$&^_.+-]{1,100}");

    private final MailDelivery delivery;
    private final ReactiveMailer mailer;

    PlainMail(MailDelivery delivery, ReactiveMailer mailer) {
        this.delivery = delivery;
        this.mailer = mailer;
    }

    /**
     * @param to 1 to 50 addresses; all see one another
     * @param subject any characters; line breaks become spaces
     * @param text the body
     * @param attachments null for none
     */
    @RegisterForReflection
    public record Payload(List<String> to, String subject, String text, List<File> attachments) {

        /** @throws IllegalArgumentException if it cannot be a mail; the message says what to send */
        public Payload {
            require(to != null && !to.isEmpty() && to.size() <= MOST_RECIPIENTS,
                    "Send a list of 1 to " + MOST_RECIPIENTS + " e-mail addresses as \"to\".");
            to.forEach(MailDelivery::recipient);
            require(subject != null && subject.length() <= LONGEST_SUBJECT,
                    "Send a text of at most " + LONGEST_SUBJECT + " characters as \"subject\".");
            require(text != null, "Send the body of the mail as \"text\".");
            attachments = attachments == null ? List.of() : attachments;
            require(attachments.stream().allMatch(Objects::nonNull), "Leave out attachments that are null.");
        }

        Payload to(List<String> others) {
            return new Payload(others, subject, text, attachments);
        }
    }

    /**
     * A file in a mail.
     *
     * @param name any characters
     * @param contentType such as text/csv
     * @param content in base64; with all the rest of the payload at most 1 MiB
     */
    @RegisterForReflection
    public record File(String name, String contentType, byte[] content) {

        /** @throws IllegalArgumentException if it cannot be attached; the message says what to send */
        public File {
            require(content != null && contentType != null && CONTENT_TYPE.matcher(contentType).matches(),
                    "Send each attachment with a \"content\" in base64 and a \"contentType\" such as text/csv.");
            require(name != null && !name.isBlank() && name.length() <= LONGEST_NAME,
                    "Send each attachment with a \"name\" of 1 to " + LONGEST_NAME + " characters.");
        }
    }

    private static void require(boolean holds, String advice) {
        if (!holds) {
            throw new IllegalArgumentException(advice);
        }
    }

    @Override
    public JobType<Payload> type() {
        return TYPE;
    }

    /**
     * Recipients that the server refuses while it takes others get a job of their own, so that neither the ladder nor a redrive sends
     * the mail again to those who have it.
     */
    @Override
    public void handle(Attempt<Payload> attempt) throws Exception {
        Payload payload = attempt.payload();
        try {
            delivery.deliver(mailer.send(mail(payload, attempt.jobId())));
        } catch (PartlySent e) {
            attempt.result(Map.of("sentTo", e.accepted(), "refused", e.refused(), "note",
                    "Those who were refused have a job of their own."));
            attempt.enqueue(new NewJob(TYPE.name(), payload.to(List.copyOf(e.refused().keySet())),
                    attempt.jobId().toString()));
        }
    }

    private Mail mail(Payload payload, UUID jobId) {
        return delivery.mail(payload.to().stream().map(MailDelivery::recipient).toList(), payload.subject(), jobId)
                .setText(payload.text())
                .setAttachments(payload.attachments().stream().map(PlainMail::attachment).toList());
    }

    private static Attachment attachment(File file) {
        return new Attachment(file.name(), file.content(), file.contentType());
    }
}
