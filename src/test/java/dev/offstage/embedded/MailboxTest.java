package dev.offstage.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;

import org.junit.jupiter.api.Test;

import dev.offstage.testing.TestDirectories;

class MailboxTest {

    private static final String MAIL = """
            From: Offstage <hello@offstage.example>
            To: =?UTF-8?Q?Zo=C3=AB?= <zoe@example.com>
            Subject: Hello <b>Zoe</b>
            Message-ID: <%s@offstage.example>
            MIME-Version: 1.0
            Content-Type: multipart/alternative; boundary=cut

            --cut
            Content-Type: text/plain; charset=UTF-8

            Plain words
            --cut
            Content-Type: text/html; charset=UTF-8

            <p onclick="alert(1)">Rich words</p>
            --cut--
            """;

    @Test
    void takes_mail_and_reads_it() throws Exception {
        try (Mailbox mailbox = started(TestDirectories.make("mail"))) {
            send(mailbox, MAIL.formatted("first"));
            send(mailbox, MAIL.formatted("second"));

            assertThat(mailbox.newest(10)).extracting(Mailbox.Mail::messageId)
                    .containsExactly("<second@offstage.example>", "<first@offstage.example>");
            Mailbox.Mail mail = mailbox.newest(1).get(0);
            assertThat(mail.from()).isEqualTo("Offstage <hello@offstage.example>");
            assertThat(mail.to()).isEqualTo("\"Zoë\" <zoe@example.com>");
            assertThat(mail.subject()).isEqualTo("Hello <b>Zoe</b>");
            assertThat(mail.text()).contains("Plain words");
            assertThat(mail.html()).contains("Rich words");
        }
    }

    @Test
    void keeps_its_mail_over_a_restart() throws Exception {
        Path directory = TestDirectories.make("mail");
        try (Mailbox first = started(directory)) {
            send(first, MAIL.formatted("kept"));
        }
        Files.writeString(directory.resolve("arriving-half.tmp"), "the process was killed here");

        try (Mailbox second = started(directory)) {
            assertThat(second.newest(10)).extracting(Mailbox.Mail::messageId)
                    .containsExactly("<kept@offstage.example>");
            assertThat(directory.resolve("arriving-half.tmp")).doesNotExist();
        }
    }

    @Test
    void shows_mail_without_running_what_is_in_it() throws Exception {
        try (Mailbox mailbox = started(TestDirectories.make("mail"));
                MailboxPages pages = new MailboxPages(mailbox, 0)) {
            send(mailbox, MAIL.formatted("shown"));
            String id = mailbox.newest(1).get(0).id();

            assertThat(get(pages.port(), "/")).contains("<p>1 mail</p>", "Hello &lt;b&gt;Zoe&lt;/b&gt;")
                    .doesNotContain("<b>Zoe");
            assertThat(get(pages.port(), "/" + id))
                    .contains("<iframe sandbox", "&lt;p onclick=&quot;alert(1)&quot;&gt;")
                    .doesNotContain("<p onclick");
            assertThat(get(pages.port(), "/" + id + ".eml")).contains("Message-ID: <shown@offstage.example>");
            assertThat(get(pages.port(), "/api/messages")).contains("\"messageId\":\"<shown@offstage.example>\"",
                    "\"subject\":\"Hello <b>Zoe</b>\"");
        }
    }

    @Test
    void shows_a_mail_that_it_cannot_read_beside_the_others() throws Exception {
        try (Mailbox mailbox = started(TestDirectories.make("mail"))) {
            send(mailbox, MAIL.formatted("readable"));
            send(mailbox, "Subject: odd\nContent-Type: text/plain; charset=no-such-letters\n\nwords\n");

            assertThat(mailbox.newest(10)).extracting(Mailbox.Mail::messageId)
                    .containsExactly(null, "<readable@offstage.example>");
            assertThat(mailbox.newest(1).get(0).text()).contains("words");
        }
    }

    @Test
    void takes_mail_from_nobody_who_does_not_know_the_password() throws Exception {
        try (Mailbox mailbox = started(TestDirectories.make("mail"));
                Socket socket = new Socket("127.0.0.1", mailbox.port());
                BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8))) {
            socket.setSoTimeout(10_000);
            expect(in, "220");
            say(socket, in, "HELO test\r\n", "250");
            say(socket, in, "MAIL FROM:<hello@offstage.example>\r\n", "530");
            say(socket, in, logIn(mailbox.username(), "guessed"), "535");
            say(socket, in, logIn("somebody", mailbox.password()), "535");
            say(socket, in, "MAIL FROM:<hello@offstage.example>\r\n", "530");
            say(socket, in, "DATA\r\n", "530");
            say(socket, in, logIn(mailbox.username(), mailbox.password()), "235");
            say(socket, in, "MAIL FROM:<hello@offstage.example>\r\n", "250");
        }
    }

    @Test
    void keeps_its_password_for_its_owner_over_a_restart() throws Exception {
        Path directory = TestDirectories.make("mail");
        String password;
        try (Mailbox first = started(directory)) {
            password = first.password();
        }
        try (Mailbox second = started(directory)) {
            assertThat(second.password()).isEqualTo(password);
        }
        Path file = directory.resolveSibling(directory.getFileName() + "-password");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
    }

    private static Mailbox started(Path directory) throws IOException {
        Mailbox mailbox = new Mailbox(directory, 0);
        mailbox.start();
        return mailbox;
    }

    private static String get(int port, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build();
        return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
    }

    private static void send(Mailbox mailbox, String mail) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", mailbox.port());
                BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8))) {
            socket.setSoTimeout(10_000);
            expect(in, "220");
            say(socket, in, "HELO test\r\n", "250");
            say(socket, in, logIn(mailbox.username(), mailbox.password()), "235");
            say(socket, in, "MAIL FROM:<hello@offstage.example>\r\n", "250");
            say(socket, in, "RCPT TO:<zoe@example.com>\r\n", "250");
            say(socket, in, "DATA\r\n", "354");
            say(socket, in, mail.replace("\n", "\r\n") + ".\r\n", "250");
            say(socket, in, "QUIT\r\n", "221");
        }
    }

    private static String logIn(String user, String password) {
        return "AUTH PLAIN " + Base64.getEncoder().encodeToString(("\0" + user + "\0" + password).getBytes(UTF_8))
                + "\r\n";
    }

    private static void say(Socket socket, BufferedReader in, String words, String answer) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(words.getBytes(UTF_8));
        out.flush();
        expect(in, answer);
    }

    private static void expect(BufferedReader in, String answer) throws IOException {
        assertThat(in.readLine()).startsWith(answer);
    }
}
