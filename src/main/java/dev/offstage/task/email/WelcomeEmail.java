package dev.offstage.task.email;

import java.util.List;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;

import io.quarkus.mailer.MailTemplate.MailTemplateInstance;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.runtime.annotations.RegisterForReflection;

import dev.offstage.job.Attempt;
import dev.offstage.job.JobHandler;
import dev.offstage.job.JobType;

/** Greets someone who signed up. */
@ApplicationScoped
public class WelcomeEmail implements JobHandler<WelcomeEmail.Payload> {

    public static final JobType<Payload> TYPE = new JobType<>("welcome-email", Payload.class);

    /**
     * Hardly anybody has a longer name, and a longer one would have room for a stranger's message, which we would mail in our
     * name.
     */
    private static final int LONGEST_NAME = 60;

    private final MailDelivery delivery;

    WelcomeEmail(MailDelivery delivery) {
        this.delivery = delivery;
    }

    /**
     * @param userId who signed up
     * @param email where the mail goes
     * @param name how the user wants to be greeted
     */
    @RegisterForReflection
    public record Payload(UUID userId, String email, String name) {

        /** @throws IllegalArgumentException if no mail can be sent to this; the message says what to change */
        public Payload {
            MailDelivery.recipient(email);
            if (name == null || name.isBlank()) {
                throw new IllegalArgumentException("Send how the user wants to be greeted as \"name\".");
            }
        }
    }

    @CheckedTemplate
    static class Templates {

        private Templates() {
        }

        static native MailTemplateInstance welcome(String greeting);
    }

    @Override
    public JobType<Payload> type() {
        return TYPE;
    }

    @Override
    public void handle(Attempt<Payload> attempt) throws Exception {
        Payload payload = attempt.payload();
        List<String> recipient = List.of(MailDelivery.recipient(payload.email()));
        delivery.deliver(Templates.welcome(greeting(payload.name()))
                .mail(delivery.mail(recipient, "Welcome to Offstage", attempt.jobId()))
                .send());
    }

    private static String greeting(String name) {
        return name.codePointCount(0, name.length()) > LONGEST_NAME ? "Welcome!" : "Welcome, " + name + "!";
    }
}
