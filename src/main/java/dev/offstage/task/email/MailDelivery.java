package dev.offstage.task.email;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

import jakarta.enterprise.context.ApplicationScoped;

import org.eclipse.microprofile.config.inject.ConfigProperty;

import io.quarkus.mailer.Mail;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.mutiny.Uni;

import dev.offstage.job.PermanentFailure;
import dev.offstage.user.EmailAddress;

/** What is the same for every mail: its headers, and waiting for the server's answer. */
@ApplicationScoped
class MailDelivery {

    private final String domain;

    /** @param from the sender; its domain is that of the Message-IDs */
    MailDelivery(@ConfigProperty(name = "quarkus.mailer.from") Optional<String> from) {
        this.domain = domain(from);
    }

    /**
     * A mail without a body.
     *
     * @param recipients as {@link #recipient} returns them
     */
    Mail mail(List<String> recipients, String subject, UUID jobId) {
        return new Mail().setTo(recipients)
                .setSubject(subject)
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
     * @throws PermanentFailure if the server refused this mail for good
     * @throws PartlySent if it took the mail for some recipients and not for others
     * @throws IOException if it did not take it, or not in time
     */
    void deliver(Uni<Void> mail) throws Exception {
        CompletableFuture<Void> sent = mail.subscribeAsCompletionStage();
        try {
            sent.get(); // the mailer has a time-out
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception failure ? failure : e;
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
