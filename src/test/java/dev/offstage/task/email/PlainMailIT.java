package dev.offstage.task.email;

import static io.restassured.RestAssured.given;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
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

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.specification.RequestSpecification;
import io.vertx.mutiny.core.Vertx;

import dev.offstage.embedded.Mailbox;
import dev.offstage.job.Attempt;
import dev.offstage.job.JobState;
import dev.offstage.job.NewJob;
import dev.offstage.job.ledger.AttemptOutput;
import dev.offstage.job.ledger.Attempts;
import dev.offstage.job.ledger.Job;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.TestJobs;

/** Mails that jobs send, as they arrive. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class PlainMailIT {

    @Inject
    Attempts attempts;

    @Inject
    AgroalDataSource dataSource;

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

    /** For delays of more than ten minutes there is no retry topic. */
    @Test
    void aMailWaitsForHoursInPostgresql() throws Exception {
        List<UUID> jobs;
        mailbox.stop();
        try {
            jobs = List.of(hello(), hello());
            for (UUID job : jobs) {
                await().atMost(30, SECONDS).until(() -> TestJobs.find(job).attempt == 3);
                Job waiting = TestJobs.await(job, JobState.RETRYING);
                Instant failedAt = TestJobs.failures(job).get(1).failedAt;
                assertThat(waiting.dueAt).isBetween(failedAt.plus(Duration.ofMinutes(15)),
                        failedAt.plus(Duration.ofMinutes(15)).plusMillis(1));
                operator().get("/jobs/" + job)
                        .then()
                        .body("state", equalTo("retrying"))
                        .body("dueAt", equalTo(waiting.dueAt.toString()));
            }
        } finally {
            mailbox.start();
        }

        operator().post("/jobs/" + jobs.get(0) + "/cancel").then().statusCode(200);
        TestJobs.await(jobs.get(0), JobState.CANCELLED);
        operator().post("/jobs/" + jobs.get(0) + "/redrive").then().statusCode(200);
        assertThat(TestJobs.await(jobs.get(0), JobState.COMPLETED).attempt).isEqualTo(1);
        try (Connection connection = dataSource.getConnection();
                PreparedStatement pass = connection.prepareStatement(
                        """
                                with job as (update job set due_at = now() where id = ? and state = 'retrying' returning id)
                                update outbox set publish_at = now() from job where job.id = any(jobs)
                                """)) {
            pass.setObject(1, jobs.get(1));
            assertThat(pass.executeUpdate()).as("the time passes").isPositive();
        }
        assertThat(TestJobs.await(jobs.get(1), JobState.COMPLETED).attempt).isEqualTo(3);
    }

    private static UUID hello() {
        return send(Map.of("to", List.of("ada@example.com"), "subject", "Hello", "text", "Hello"));
    }

    private static RequestSpecification operator() {
        return given().auth().preemptive().basic("operator", OffstageResource.PASSWORD);
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
                    Instant.now(), null);

            handler.handle(attempt);

            AttemptOutput output = attempts.output(attempt.end());
            assertThat(output.result()).contains("\"sentTo\":[\"ok1@example.com\",\"ok2@example.com\"]",
                    "\"r550@example.com\":\"550 No such user\"");
            assertThat(output.jobs().toString()).contains("type=mail", "[\\\"r550@example.com\\\"]".replace("\\", ""));
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
