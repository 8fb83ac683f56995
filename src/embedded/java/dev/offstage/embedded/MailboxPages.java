package dev.offstage.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import com.sun.net.httpserver.HttpExchange;

/** Shows the mailbox in a browser, and as JSON at {@code /api/messages}. */
final class MailboxPages implements AutoCloseable {

    private static final int SHOWN = 100;

    private final Mailbox mailbox;
    private final LocalHttpServer server;
    private final ObjectMapper json = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .build();

    MailboxPages(Mailbox mailbox, int port) throws IOException {
        this.mailbox = mailbox;
        this.server = new LocalHttpServer(port, this::answer);
    }

    int port() {
        return server.port();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (path.equals("/")) {
            LocalHttpServer.send(exchange, 200, Page.CONTENT_TYPE, list().getBytes(UTF_8));
        } else if (path.equals("/api/messages")) {
            LocalHttpServer.send(exchange, 200, "application/json",
                    json.writeValueAsBytes(mailbox.newest(limit(exchange))));
        } else if (path.endsWith(".eml")) {
            var raw = mailbox.raw(path.substring(1, path.length() - ".eml".length()));
            LocalHttpServer.send(exchange, raw.isPresent() ? 200 : 404, "text/plain;charset=UTF-8",
                    raw.orElse(new byte[0]));
        } else {
            var mail = mailbox.find(path.substring(1));
            LocalHttpServer.send(exchange, mail.isPresent() ? 200 : 404, Page.CONTENT_TYPE,
                    mail.map(MailboxPages::page)
                            .orElse(Page.of("Mailbox", "<p>There is no such mail.</p>"))
                            .getBytes(UTF_8));
        }
    }

    /** How many messages a script asked for: {@code ?limit=}. */
    private static int limit(HttpExchange exchange) {
        String query = exchange.getRequestURI().getQuery();
        return query != null && query.matches("limit=\\d{1,5}") ? Integer.parseInt(query.substring(6)) : SHOWN;
    }

    private String list() throws IOException {
        StringBuilder rows = new StringBuilder();
        for (Mailbox.Mail mail : mailbox.newest(SHOWN)) {
            rows.append("<tr><td><a href=\"/")
                    .append(mail.id())
                    .append("\">")
                    .append(Page.escape(mail.subject()))
                    .append("</a></td><td>")
                    .append(Page.escape(mail.to()))
                    .append("</td><td>")
                    .append(mail.receivedAt())
                    .append("</td></tr>");
        }
        String body = rows.isEmpty()
                ? "<p>No mail has arrived yet. Sign up, and look again.</p>"
                : "<table><tr><th>Subject</th><th>To</th><th>Arrived</th></tr>" + rows + "</table>";
        return Page.live("Mailbox", "<p>" + counted(mailbox.size()) + "</p>" + body);
    }

    private static String counted(int mails) {
        return mails == 1 ? "1 mail" : mails + " mails";
    }

    private static String page(Mailbox.Mail mail) {
        String body = "<p>To " + Page.escape(mail.to()) + "<br>From " + Page.escape(mail.from()) + "<br>Message-ID "
                + Page.escape(mail.messageId()) + "<br><a href=\"/" + mail.id()
                + ".eml\">the mail as it arrived</a></p>";
        if (mail.html() != null) { // no scripts, no forms, no origin: the sandbox allows nothing
            body += "<iframe sandbox title=\"The mail\" srcdoc=\"" + Page.escape(mail.html()) + "\"></iframe>";
        }
        if (mail.text() != null) {
            body += "<pre>" + Page.escape(mail.text()) + "</pre>";
        }
        return Page.of(mail.subject(), body + "<p><a href=\"/\">all mails</a></p>");
    }

    @Override
    public void close() {
        server.close();
    }
}
