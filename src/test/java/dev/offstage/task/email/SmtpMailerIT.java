package dev.offstage.task.email;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import jakarta.mail.internet.MimeMessage;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.quarkus.mailer.Mail;
import io.vertx.mutiny.core.Vertx;

import dev.offstage.job.PermanentFailure;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** What a mail server may answer, and what becomes of the mail. */
@Timeout(60)
class SmtpMailerIT {

    private static final Duration TIMEOUT = SmtpScript.TIMEOUT;
    private static final String PASSWORD = "changeit";
    private static final String OFFERS = "250-here\r\n250-%s\r\n250 HELP";

    private final Vertx vertx = Vertx.vertx();
    private SmtpScript server;
    private SmtpMailer mailer;

    @AfterEach
    void stop() throws Exception {
        mailer.close();
        server.close();
        vertx.closeAndAwait();
    }

    private void answering(Map<String, String> replies, String... settings) throws IOException {
        server = new SmtpScript(replies);
        mailer = server.mailer(vertx, settings);
    }

    private void send(String... recipients) {
        send(Mail.withText(null, "Hello", "Hello").setTo(List.of(recipients)));
    }

    private void send(Mail mail) {
        mailer.send(mail).await().atMost(TIMEOUT.plusSeconds(10));
    }

    private Throwable failure(String... recipients) {
        Throwable thrown = catchThrowable(() -> send(recipients));
        return thrown.getCause() != null && thrown.getClass().getSimpleName().equals("CompletionException")
                ? thrown.getCause()
                : thrown;
    }

    /** Which waits for DNS no longer than a web hook does, see {@code SystemResolverTest}. */
    @Test
    void theServerIsLookedUpAsOthersAre() throws Exception {
        server = new SmtpScript(Map.of());
        mailer = server.mailer(vertx, host -> {
            if (!host.equals("mail.made-up.example")) {
                throw new IOException("DNS did not say in time which address " + host + " has");
            }
            return List.of(InetAddress.getLoopbackAddress());
        }, "host", "mail.made-up.example");

        send("ada@example.com");

        assertThat(server.mails).hasSize(1);
        mailer.close();
        mailer = server.mailer(vertx, host -> {
            throw new IOException("DNS did not say in time which address " + host + " has");
        }, "host", "silent.example");
        assertThat(failure("ada@example.com")).isInstanceOf(IOException.class)
                .hasMessageContaining("DNS did not say in time which address silent.example has");
    }

    @Test
    void anEmptyHeaderIsNotWritten() throws Exception {
        answering(Map.of());

        send("ada@example.com");

        assertThat(server.mails.get(0).lines()).noneMatch(line -> line.matches("(?i)(cc|bcc|reply-to):\\s*"))
                .contains("To: ada@example.com", "From: Offstage <hello@example.com>");
        assertThat(server.commands).contains("EHLO me.example.com");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Grüße aus Köln", "Your report is ready (42 rows)", "=?UTF-8?B?aGVsbG8=?=",
            "=? is where an encoded word begins, and this subject is far longer than one line of a header may be",
            "👩‍👩‍👧‍👦 is a family of four, and this is a subject that is far longer than one line",
            "日本語の件名がとても長いときにも、文字は途中で切れてはいけません。日本語の件名がとても長いとき"})
    void aSubjectIsReadBackAsItWas(String subject) throws Exception {
        answering(Map.of());

        send(Mail.withText("ada@example.com", subject, "Hello"));

        MimeMessage read = new MimeMessage(null,
                new ByteArrayInputStream(server.mails.get(0).getBytes(StandardCharsets.UTF_8)));
        assertThat(read.getSubject()).isEqualTo(subject);
        assertThat(server.mails.get(0).lines()).allMatch(line -> line.matches("\\p{ASCII}{0,78}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\r\nBcc: eve@example.com", "a\nBcc: eve@example.com", "a\rBcc: eve@example.com",
            "a\u0000\u0085\u2028Bcc: eve@example.com"})
    void noHeaderIsSmuggledIn(String subject) throws Exception {
        answering(Map.of());

        send(Mail.withText("ada@example.com", subject, "Hello"));

        assertThat(server.mails.get(0).lines()).contains("Subject: a Bcc: eve@example.com")
                .noneMatch(line -> line.startsWith("Bcc"));
    }

    @Test
    void theDomainIsThatOfIdna2008() throws Exception {
        answering(Map.of());

        send("Ada <ada@faß.de>");

        assertThat(server.commands).contains("RCPT TO:<ada@xn--fa-hia.de>").noneMatch(it -> it.contains("SMTPUTF8"));
        assertThat(server.mails.get(0)).contains("To: Ada <ada@xn--fa-hia.de>");
    }

    @Test
    void lettersBeforeTheAtSignTakeSmtpUtf8() throws Exception {
        answering(Map.of("EHLO", OFFERS.formatted("SMTPUTF8\r\n250-8BITMIME")));

        send("ада@пример.рф");
        send("ada@example.com");

        assertThat(server.commands).contains("MAIL FROM:<hello@example.com> SMTPUTF8",
                "RCPT TO:<ада@xn--e1afmkfd.xn--p1ai>",
                "MAIL FROM:<hello@example.com>");
        assertThat(server.mails.get(0)).contains("To: ада@xn--e1afmkfd.xn--p1ai");
    }

    @Test
    void lettersBeforeTheAtSignWithoutSmtpUtf8() throws Exception {
        answering(Map.of("EHLO", OFFERS.formatted("8BITMIME")));

        assertThat(failure("ада@пример.рф")).isInstanceOf(PermanentFailure.class)
                .hasMessageContaining("ада@xn--")
                .hasMessageContaining("does not offer SMTPUTF8");
        assertThat(server.commands).noneMatch(command -> command.startsWith("MAIL"));
    }

    @Test
    void oneRefusedRecipientDoesNotStopTheOthers() throws Exception {
        answering(Map.of("RCPT TO:<r550@", "550 No such user"));

        assertThat(failure("ok1@example.com", "r550@example.com", "ok2@example.com")).isInstanceOfSatisfying(
                PartlySent.class, partly -> {
                    assertThat(partly.accepted()).containsExactly("ok1@example.com", "ok2@example.com");
                    assertThat(partly.refused()).isEqualTo(Map.of("r550@example.com", "550 No such user"));
                });
        assertThat(server.mails).hasSize(1);
    }

    @Test
    void refusedStartTls() throws Exception {
        answering(Map.of("EHLO", OFFERS.formatted("STARTTLS"), "STARTTLS", "454 TLS not available now"));

        assertThat(failure("ada@example.com")).isInstanceOf(IOException.class)
                .hasMessageContaining("STARTTLS was refused: 454 TLS not available now");
        assertThat(server.commands).allMatch(command -> command.matches("\\p{ASCII}*"));
    }

    @ParameterizedTest
    @CsvSource({"DISABLED, 1", "OPTIONAL, 1", "REQUIRED, 0"})
    void whetherTlsIsRequiredIsSet(String startTls, int mails) throws Exception {
        answering(Map.of(), "start-tls", startTls);

        catchThrowable(() -> send("ada@example.com"));

        assertThat(server.mails).hasSize(mails);
    }

    @ParameterizedTest
    @CsvSource({"false, REQUIRED", "false, OPTIONAL", "true, DISABLED"})
    void theCertificateMustBeTrustedAndOfTheName(boolean encrypted, String startTls, @TempDir Path directory)
            throws Exception {
        Path store = directory.resolve("keys.p12");
        Process keytool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair", "-alias", "mail", "-keyalg", "EC", "-dname", "CN=mail", "-ext", "san=dns:localhost",
                "-keystore", store.toString(), "-storetype", "PKCS12", "-storepass", PASSWORD).inheritIO().start();
        assertThat(keytool.waitFor()).isZero();
        String[] trust = {"host", "localhost", "tls", Boolean.toString(encrypted), "start-tls", startTls,
                "truststore.paths", store.toString(), "truststore.password", PASSWORD};
        server = new SmtpScript(
                encrypted ? Map.of() : Map.of("EHLO", OFFERS.formatted("STARTTLS"), "STARTTLS", "220 go"),
                context(store), encrypted);

        mailer = server.mailer(vertx, trust);
        send("ada@example.com");
        assertThat(server.mails).hasSize(1);
        mailer.close();

        trust[1] = "127.0.0.1"; // not in the certificate
        mailer = server.mailer(vertx, trust);
        assertThat(failure("ada@example.com")).isInstanceOf(IOException.class).hasMessageContaining("127.0.0.1");
        mailer.close();

        mailer = server.mailer(vertx, Arrays.copyOf(trust, 6)); // trusts those of Java alone
        assertThat(failure("ada@example.com")).isInstanceOf(IOException.class).hasMessageContaining("certifi");
        mailer.close();

        String[] all = Arrays.copyOf(trust, 8);
        all[6] = "trust-all";
        all[7] = "true";
        mailer = server.mailer(vertx, all);
        send("ada@example.com");
        assertThat(server.mails).hasSize(2);
    }

    private static SSLContext context(Path store) throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (var file = Files.newInputStream(store)) {
            keys.load(file, PASSWORD.toCharArray());
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    @Test
    void aServerThatSaysAByteAtATimeHoldsNobody() throws Exception {
        answering(Map.of());
        try (ServerSocket crawling = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Void> crawl = CompletableFuture.runAsync(() -> {
                try (Socket client = crawling.accept()) {
                    while (true) {
                        client.getOutputStream().write('2');
                        TimeUnit.MILLISECONDS.sleep(100);
                    }
                } catch (IOException | InterruptedException cut) {
                    throw new CompletionException(cut);
                }
            });
            mailer.close();
            mailer = server.mailer(vertx, "port", Integer.toString(crawling.getLocalPort()));

            assertThat(failure("ada@example.com")).isInstanceOf(IOException.class).hasMessageContaining("within 2 s");

            await().atMost(10, SECONDS).until(crawl::isCompletedExceptionally);
        }
    }

    @Test
    void aMailThatIsTooLargeIsRefusedForGood() throws Exception {
        answering(Map.of("EHLO", OFFERS.formatted("SIZE 2000")));

        assertThatThrownBy(() -> send(Mail.withText("ada@example.com", "Large", "x".repeat(9_000))))
                .isInstanceOf(PermanentFailure.class)
                .hasMessageContaining("takes 2000");
        send("ada@example.com");

        assertThat(server.commands).filteredOn(command -> command.startsWith("MAIL"))
                .singleElement()
                .asString()
                .matches("MAIL FROM:<hello@example.com> SIZE=\\d+");
        assertThat(server.commands.stream().filter(command -> command.startsWith("MAIL")).findFirst().orElseThrow())
                .endsWith("=" + server.mails.get(0).replace("\n", "\r\n").length());
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {"RCPT; 550 5.1.1 No such user", "RCPT; 553 Mailbox name not allowed",
            "MAIL; 550 Not you", ".; 554 Looks like spam", ".; 552 Too large"})
    void refusedForGood(String command, String reply) throws Exception {
        answering(Map.of(command, reply));

        assertThat(failure("ada@example.com")).isInstanceOf(PermanentFailure.class)
                .hasMessageContaining(reply)
                .hasMessageContaining("ada@example.com")
                .hasMessageContaining("redrive");
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {"RCPT; 450 Try again later", ".; 421 Closing", "''; 554 No SMTP service here",
            "EHLO; 550 Who are you", "MAIL; 530 Authentication required", "RCPT; what is this", "DATA; 451 Later"})
    void timeOrAnOperatorMendsIt(String command, String reply) throws Exception {
        answering(Map.of(command, reply, "HELO", "550 Who are you"));

        assertThat(failure("ada@example.com")).isInstanceOf(IOException.class)
                .hasMessageContaining("check the mail server");
    }

    @Test
    void aWrongPasswordIsForAnOperator() throws Exception {
        answering(Map.of("EHLO", OFFERS.formatted("AUTH PLAIN"), "AUTH", "535 Bad credentials"), "username", "ada",
                "password", "wrong");

        assertThat(failure("ada@example.com")).isInstanceOf(IOException.class).hasMessageContaining("535");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "EHLO", "MAIL", "."})
    void aSilentServerHoldsNobody(String command) throws Exception {
        answering(Map.of(command, ""), "max-pool-size", "1");

        for (int i = 0; i < 2; i++) {
            assertThat(failure("ada@example.com")).isInstanceOf(IOException.class)
                    .hasMessageContaining("within 2 s");
        }
        assertThat(server.connections).as("one after another, over one place").hasSize(2);
    }

    @Test
    void whoeverGivesUpCutsTheConnection() throws Exception {
        answering(Map.of("MAIL", ""), "timeout", "50S");

        CompletableFuture<Void> sent = mailer.send(Mail.withText("ada@example.com", "Hello", "Hello"))
                .subscribeAsCompletionStage();
        await().atMost(10, SECONDS).until(() -> server.commands.stream().anyMatch(it -> it.startsWith("MAIL")));
        sent.cancel(true);

        await().atMost(10, SECONDS).until(() -> server.connections.getFirst().isClosed());
    }

    @Test
    void anEndlessReplyIsCutOff() throws Exception {
        answering(Map.of("EHLO", "250-x\r\n".repeat(500_000) + "250 end"));

        assertThat(failure("ada@example.com")).isInstanceOf(IOException.class).hasMessageContaining("more than 262144");
    }

    @Test
    void connectionsAreUsedAgain() throws Exception {
        answering(Map.of(), "max-mails-per-connection", "3");

        for (int i = 0; i < 4; i++) {
            send("ada@example.com");
        }

        assertThat(server.mails).hasSize(4);
        assertThat(server.connections).hasSize(2);
    }

    @Test
    void aConnectionThatWasCutMeanwhileIsNotedAndAnotherOneUsed() throws Exception {
        answering(Map.of());
        send("ada@example.com");
        server.connections.getFirst().close();

        send("ada@example.com");

        assertThat(server.mails).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Hello", "Hello\n\n", "Grüße\nund\n\nmehr\n"})
    void signedWhereSetUp(String text) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2_048);
        KeyPair keys = generator.generateKeyPair();
        answering(Map.of(), "dkim.enabled", "true", "dkim.private-key",
                Base64.getEncoder().encodeToString(keys.getPrivate().getEncoded()), "dkim.selector", "s", "dkim.sdid",
                "example.com", "dkim.header-canon-algo", "simple", "dkim.body-canon-algo", "simple");

        send(Mail.withText("ada@example.com", "Hello", text)
                .addAttachment("a.txt", "a\nb".getBytes(StandardCharsets.UTF_8), "text/plain"));
        send(Mail.withText("ada@example.com", "Hello", text));

        for (String mail : server.mails) {
            verify(mail.replace("\n", "\r\n"), keys.getPublic());
        }
    }

    /** As RFC 6376 has it, with both canonicalizations simple. */
    private static void verify(String mail, PublicKey key) throws Exception {
        int end = mail.indexOf("\r\n\r\n");
        String body = mail.substring(end + 4).replaceFirst("(\r\n)*$", "\r\n");
        List<String> headers = List.of(mail.substring(0, end).split("\r\n(?![ \t])"));
        String signature = header(headers, "DKIM-Signature");
        assertThat(tag(signature, "bh")).isEqualTo(Base64.getEncoder()
                .encodeToString(MessageDigest.getInstance("SHA-256").digest(body.getBytes(StandardCharsets.UTF_8))));
        StringBuilder signed = new StringBuilder();
        for (String name : tag(signature, "h").split(":")) {
            String header = header(headers, name);
            signed.append(header.isEmpty() ? "" : header + "\r\n"); // of what is not there, nothing
        }
        signed.append(signature.replaceFirst("([;\\s]b=)[^;]*", "$1"));
        Signature verifier = Signature.getInstance("SHA256withRSA");
        verifier.initVerify(key);
        verifier.update(signed.toString().getBytes(StandardCharsets.UTF_8));
        assertThat(verifier.verify(Base64.getMimeDecoder().decode(tag(signature, "b")))).as(mail).isTrue();
    }

    private static String header(List<String> headers, String name) {
        return headers.stream()
                .filter(header -> header.regionMatches(true, 0, name.strip() + ":", 0, name.strip().length() + 1))
                .reduce((first, last) -> last)
                .orElse("");
    }

    private static String tag(String signature, String name) {
        Matcher tag = Pattern.compile("[;:\\s]" + name + "=([^;]*)").matcher(signature);
        assertThat(tag.find()).as(name + " in " + signature).isTrue();
        return tag.group(1).replaceAll("\\s", "");
    }
}
