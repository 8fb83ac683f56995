package dev.offstage.task.email;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import jakarta.enterprise.context.ApplicationScoped;

import org.eclipse.microprofile.config.inject.ConfigProperty;

import io.quarkus.mailer.Mail;
import io.quarkus.mailer.MailTemplate.MailTemplateInstance;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.runtime.configuration.ConfigurationException;

import dev.offstage.job.Attempt;
import dev.offstage.job.JobHandler;
import dev.offstage.job.JobType;
import dev.offstage.job.PermanentFailure;
import dev.offstage.user.EmailAddress;

/** Greets someone who signed up. */
@ApplicationScoped
public class WelcomeEmail implements JobHandler<WelcomeEmail.Payload> {

    public static final JobType<Payload> TYPE = new JobType<>("welcome-email", Payload.class);

    private final String domain;
    private final Duration timeout;
    private final Executor eventLoop;

    /**
     * @param from the sender; its domain is that of the Message-IDs
     * @param timeout how long a mail may take from the first byte to the server's word
     * @param eventLoop where the mail client does its work
     */
    WelcomeEmail(@ConfigProperty(name = "quarkus.mailer.from") Optional<String> from,
            @ConfigProperty(name = "quarkus.mailer.timeout", defaultValue = "20s") Duration timeout,
            MailEventLoop eventLoop) {
        this.domain = domain(from);
        this.timeout = timeout;
        this.eventLoop = eventLoop;
    }

    /**
     * @param userId who signed up
     * @param email where the mail goes
     * @param name how the user wants to be greeted
     */
    public record Payload(UUID userId, String email, String name) {}

    @CheckedTemplate
    static class Templates {

        private Templates() {
        }

        static native MailTemplateInstance welcome(String name);
    }

    @Override
    public JobType<Payload> type() {
        return TYPE;
    }

    @Override
    public void handle(Attempt<Payload> attempt) throws Exception {
        Payload payload = attempt.payload();
        String recipient = recipient(payload.email());
        CompletableFuture<Void> sent = Templates.welcome(payload.name())
                .mail(mail(recipient, attempt.jobId()))
                .send()
                .runSubscriptionOn(eventLoop)
                .subscribeAsCompletionStage();
        try {
            sent.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw MailTrouble.of(e.getCause(), recipient);
        } catch (TimeoutException e) {
            throw new IOException(
                    "The mail server did not take the mail to " + recipient + " within " + timeout.toSeconds()
                            + " s. If this goes on, check the mail server.",
                    e);
        } finally {
            sent.cancel(true);
        }
    }

    /**
     * The Vert.x mail client lets our headers replace its own of the same name, so there is one Message-ID. It also
     * folds a long To with a bare line feed, which mail servers refuse, and garbles emoji in a subject: hence our own
     * To, and a subject without the name.
     */
    Mail mail(String recipient, UUID jobId) {
        return new Mail().addTo(recipient)
                .addHeader("To", recipient)
                .setSubject("Welcome to Offstage")
                .addHeader("Message-ID", "<" + jobId + "@" + domain + ">");
    }

    private static String recipient(String email) {
        try {
            return new EmailAddress(email).forSmtp();
        } catch (IllegalArgumentException e) {
            throw new PermanentFailure("No mail can be sent to \"" + email + "\". " + e.getMessage(), e);
        }
    }

    /** @throws ConfigurationException if there is no usable sender; the message says which setting to set */
    static String domain(Optional<String> from) {
        String address = from.map(set -> set.replaceFirst("^.*<(.*)>$", "$1").strip()).orElse("");
        int at = address.lastIndexOf('@');
        if (at < 1 || !address.substring(at + 1).matches("[A-Za-z0-9.-]+")) {
            throw new ConfigurationException(
                    "quarkus.mailer.from is " + from.map(set -> "\"" + set + "\"").orElse("not set")
                            + ": set it (or QUARKUS_MAILER_FROM) to the address that mail comes from, such as"
                            + " Offstage <hello@example.com>.");
        }
        return address.substring(at + 1);
    }
}
