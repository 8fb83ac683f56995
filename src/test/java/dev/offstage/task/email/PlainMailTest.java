package dev.offstage.task.email;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;

import jakarta.inject.Inject;
import jakarta.mail.BodyPart;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeMultipart;

import org.junit.jupiter.api.Test;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.core.Vertx;

import dev.offstage.embedded.Mailbox;
import dev.offstage.job.Attempt;
import dev.offstage.job.Attempts;
import dev.offstage.job.JobState;
import dev.offstage.job.NewJob;
import dev.offstage.job.Outcome;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.TestJobs;

/** Mails that jobs send, as they arrive. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class PlainMailTest {

    @Inject
    Attempts attempts;

    private final Mailbox mailbox = OffstageResource.parts().mailbox();

    @Test
    void aMailArrivesAsItWasWritten() throws Exception {
        String subject = "Grüße: the report about 👩‍👩‍👧‍👦 is ready, and here is what it says\r\nBcc: eve@example.com";
        String text = "Hello,\r\n.\r\n.. dots, ümlauts and\n" + "a line that is long ".repeat(30);

        UUID job = send(Map.of("to", List.of("ada@bücher.example"), "subject", subject, "text", text));

        TestJobs.await(job, JobState.COMPLETED);
        MimeMessage mail = mail(job);
        assertThat(mail.getSubject()).isEqualTo(subject.replace("\r\n", " "));
        assertThat(mail.getHeader("Bcc")).isNull();
        assertThat(mail.getHeader("Message-ID")).containsExactly("<" + job + "@offstage.example>");
        assertThat(mail.getHeader("To")).containsExactly("ada@xn--bcher-kva.example");
        assertThat(mail.getContent().toString().replace("\r\n", "\n").strip())
                .isEqualTo(text.replace("\r\n", "\n").strip());
    }

    @Test
    void noLineIsLongerThanServersTake() throws Exception {
        String words = "a line that is far too long ".repeat(200);
        UUID job = send(Map.of("to", List.of("ada@example.com"), "subject", "Long", "text", words + "x".repeat(3_000)));

        TestJobs.await(job, JobState.COMPLETED);
        assertThat(raw(job).lines()).allMatch(line -> line.length() <= 998);
        assertThat(mail(job).getContent().toString().strip()).isEqualTo(words + "x".repeat(3_000));
    }

    @Test
    void filesComeAlong() throws Exception {
        byte[] content = {0, 1, 2, '\r', '\n', '.', '\r', '\n', (byte) 255};
        UUID job = send(Map.of("to", List.of("ada@example.com", "bob@example.com"), "subject", "Files", "text", "Here.",
                "attachments", List.of(Map.of("name", "résumé \"2\"; a*b.csv", "contentType", "text/csv", "content",
                        content))));

        TestJobs.await(job, JobState.COMPLETED);
        MimeMultipart parts = (MimeMultipart) mail(job).getContent();
        assertThat(parts.getCount()).isEqualTo(2);
        assertThat(parts.getBodyPart(0).getContent().toString()).startsWith("Here.");
        BodyPart file = parts.getBodyPart(1);
        assertThat(file.getFileName()).isEqualTo("résumé \"2\"; a*b.csv");
        assertThat(file.isMimeType("text/csv")).isTrue();
        assertThat(file.getInputStream().readAllBytes()).isEqualTo(content);
    }

    @Test
    void manyRecipientsAreFolded() throws Exception {
        List<String> recipients = IntStream.range(0, 50)
                .mapToObj(i -> "a-rather-long-name-of-somebody-%d@example.com".formatted(i))
                .toList();

        UUID job = send(Map.of("to", recipients, "subject", "All", "text", "Hello."));

        TestJobs.await(job, JobState.COMPLETED);
        assertThat(mail(job).getAllRecipients()).extracting(Object::toString).containsExactlyElementsOf(recipients);
    }

    /** Neither the ladder nor a redrive sends the mail again to those who have it. */
    @Test
    void whoWasRefusedHasAJobOfHisOwn() throws Exception {
        Vertx vertx = Vertx.vertx();
        try (SmtpScript server = new SmtpScript(Map.of("RCPT TO:<r550@", "550 No such user"))) {
            SmtpMailer mailer = server.mailer(vertx);
            PlainMail handler = new PlainMail(new MailDelivery(Optional.of("hello@example.com")), mailer);
            var attempt = new Attempt<>(UUID.randomUUID(), 1, new PlainMail.Payload(
                    List.of("ok1@example.com", "r550@example.com", "ok2@example.com"), "Hello", "Hello", null),
                    Instant.now(), attempts);

            handler.handle(attempt);

            Outcome outcome = attempt.end();
            assertThat(outcome.result()).contains("\"sentTo\":[\"ok1@example.com\",\"ok2@example.com\"]",
                    "\"r550@example.com\":\"550 No such user\"");
            assertThat(outcome.jobs().toString()).contains("type=mail", "[\\\"r550@example.com\\\"]".replace("\\", ""));
            assertThat(server.mails).hasSize(1);
            mailer.close();
        } finally {
            vertx.closeAndAwait();
        }
    }

    @Test
    void whatCannotBeSentIsRefused() {
        List<Map<String, Object>> payloads = List.of(Map.of("subject", "Hello", "text", "Hello"),
                Map.of("to", List.of(), "subject", "Hello", "text", "Hello"),
                Map.of("to", List.of("ada@example.com\r\nBcc: eve@example.com"), "subject", "Hello", "text", "Hello"),
                Map.of("to", List.of("ada@example.com"), "text", "Hello"),
                Map.of("to", List.of("ada@example.com"), "subject", "Hello"),
                Map.of("to", List.of("ada@example.com"), "subject", "Hello", "text", "Hello", "attachments",
                        List.of(Map.of("name", "a", "contentType", "text/csv\r\nX: y", "content", new byte[1]))));

        assertThat(payloads).allSatisfy(payload -> assertThatThrownBy(() -> send(payload))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("The payload does not fit the job type mail: "));
    }

    private static UUID send(Map<String, Object> payload) {
        return TestJobs.enqueue(List.of(new NewJob("mail", payload, "mail"))).get(0);
    }

    /** The first of a mail's copies: the mailbox keeps one for each recipient. */
    private MimeMessage mail(UUID job) throws Exception {
        return new MimeMessage(null, new ByteArrayInputStream(raw(job).getBytes(StandardCharsets.ISO_8859_1)));
    }

    private String raw(UUID job) throws Exception {
        String id = mailbox.newest(200)
                .stream()
                .filter(mail -> mail.messageId() != null && mail.messageId().contains(job.toString()))
                .findFirst()
                .orElseThrow()
                .id();
        return new String(mailbox.raw(id).orElseThrow(), StandardCharsets.ISO_8859_1);
    }
}
