package dev.offstage.task.email;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
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
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.mutiny.Uni;

import dev.offstage.job.PermanentFailure;
import dev.offstage.user.EmailAddress;

/** What is the same for every mail: its headers, and the wait for the server's word. */
@ApplicationScoped
class MailDelivery {

    private static final String NEXT_LINE = ",\r\n ";

    private final String domain;
    private final Duration timeout;
    private final Executor eventLoop;

    /**
     * @param from the sender; its domain is that of the Message-IDs
     * @param timeout how long a mail may take from the first byte to the server's word
     * @param eventLoop where the mail client does its work
     */
    MailDelivery(@ConfigProperty(name = "quarkus.mailer.from") Optional<String> from,
            @ConfigProperty(name = "quarkus.mailer.timeout", defaultValue = "20s") Duration timeout,
            MailEventLoop eventLoop) {
        this.domain = domain(from);
        this.timeout = timeout;
        this.eventLoop = eventLoop;
    }

    /**
     * A mail without a body. The Vert.x mail client lets our headers replace its own of the same name, so there is one
     * Message-ID. It also folds a long To with a bare line feed, which mail servers refuse, and garbles letters of several bytes
     * in a long subject: hence our own To and Subject.
     *
     * @param recipients as {@link #recipient} returns them
     */
    Mail mail(List<String> recipients, String subject, UUID jobId) {
        return new Mail().setTo(recipients)
                .addHeader("To", String.join(NEXT_LINE, recipients))
                .addHeader("Subject", EncodedWords.of(subject))
                .addHeader("Message-ID", "<" + jobId + "@" + domain + ">");
    }

    /** @throws IllegalArgumentException if no mail can be sent to this address; the message says what to change */
    static String recipient(String email) {
        try {
            return new EmailAddress(email).forSmtp();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("No mail can be sent to \"" + email + "\". " + e.getMessage(), e);
        }
    }

    /**
     * Sends a mail; returns when the server has taken it.
     *
     * @param recipients for messages
     * @throws PermanentFailure if the server refused this mail for good
     * @throws IOException if it did not take it, or not in time
     */
    void deliver(Uni<Void> mail, List<String> recipients) throws Exception {
        String names = String.join(", ", recipients);
        CompletableFuture<Void> sent = mail.runSubscriptionOn(eventLoop).subscribeAsCompletionStage();
        try {
            sent.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw MailTrouble.of(e.getCause(), names);
        } catch (TimeoutException e) {
            throw new IOException("The mail server did not take the mail to " + names + " within "
                    + timeout.toSeconds() + " s. If this goes on, check the mail server.", e);
        } finally {
            sent.cancel(true);
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
