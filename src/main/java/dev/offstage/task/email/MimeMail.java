package dev.offstage.task.email;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import jakarta.activation.DataHandler;
import jakarta.mail.Address;
import jakarta.mail.BodyPart;
import jakarta.mail.Message.RecipientType;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeBodyPart;
import jakarta.mail.internet.MimeMultipart;
import jakarta.mail.internet.MimePart;
import jakarta.mail.internet.MimeUtility;
import jakarta.mail.util.ByteArrayDataSource;

import org.eclipse.angus.mail.smtp.SMTPMessage;
import org.eclipse.angus.mail.util.CRLFOutputStream;

import io.quarkus.mailer.Attachment;
import io.quarkus.mailer.Mail;
import io.quarkus.mailer.runtime.MutinyMailerImpl;
import io.vertx.mutiny.core.Vertx;

import dev.offstage.user.EmailAddress;

/** Makes of Quarkus' mails what goes over the wire (RFC 5322, MIME). */
final class MimeMail {

    private static final String UTF_8 = "UTF-8";
    private static final Pattern INVISIBLE = Pattern.compile("[\\p{Cc}\\u2028\\u2029]+");
    /** What ASCII text holds when it would be read as an encoded word (RFC 2047), though it is none. */
    private static final String LOOKS_ENCODED = "=?";
    private static final int WORD_BYTES = 36;

    private final Vertx vertx;
    private final boolean alwaysParts;
    private final Duration timeout;

    /**
     * @param alwaysParts whether a mail of one part becomes one of parts all the same
     * @param timeout how long the data of an attachment may take
     */
    MimeMail(Vertx vertx, boolean alwaysParts, Duration timeout) {
        this.vertx = vertx;
        this.alwaysParts = alwaysParts;
        this.timeout = timeout;
    }

    static boolean isAscii(String text) {
        return text.chars().allMatch(character -> character < 0x80);
    }

    /** Whether an address has letters beyond ASCII before its @, which takes SMTPUTF8 (RFC 6531). */
    static boolean needsUtf8(Stream<String> addresses) throws MessagingException {
        for (String address : addresses.filter(present -> present != null && !isAscii(present)).toList()) {
            if (!isAscii(address(address).getAddress())) {
                return true;
            }
        }
        return false;
    }

    /** A mail that is written once and sent as it was written. */
    static final class Message extends SMTPMessage {

        /** The recipients in it are in the envelope only: others must not see them. */
        private static final String[] LEFT_OUT = {"Bcc"};
        private byte[] written;

        private Message(Session session) {
            super(session);
        }

        @Override
        protected void updateMessageID() throws MessagingException {
            if (getHeader("Message-ID") == null) {
                super.updateMessageID();
            }
        }

        /** Writes the mail, once: nothing is changed after this. */
        int write() throws IOException, MessagingException {
            if (written == null) {
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                CRLFOutputStream lines = new CRLFOutputStream(bytes);
                super.writeTo(lines, LEFT_OUT);
                lines.flush();
                written = bytes.toByteArray();
            }
            return written.length;
        }

        /** Whether its last line ends. */
        boolean endsInALine() {
            return written[written.length - 1] == '\n';
        }

        @Override
        public void writeTo(OutputStream to, String[] leftOut) throws IOException, MessagingException {
            if (written == null) {
                super.writeTo(to, leftOut);
            } else {
                to.write(written);
            }
        }
    }

    /** @throws MessagingException if an address is none */
    Message of(Mail mail, Session session) throws MessagingException, IOException {
        Message message = new Message(session);
        message.setFrom(address(mail.getFrom()));
        set(message, RecipientType.TO, mail.getTo());
        set(message, RecipientType.CC, mail.getCc());
        set(message, RecipientType.BCC, mail.getBcc());
        if (mail.getReplyTo() != null) {
            message.setReplyTo(addresses(List.of(mail.getReplyTo().split(","))));
        }
        if (mail.getBounceAddress() != null) {
            message.setEnvelopeFrom(address(mail.getBounceAddress()).getAddress());
        }
        message.setHeader("Subject", MimeUtility.fold(9, encoded(mail.getSubject())));
        message.setSentDate(new Date());
        for (Map.Entry<String, List<String>> header : mail.getHeaders().entrySet()) {
            message.removeHeader(header.getKey());
            for (String value : header.getValue()) {
                message.addHeader(header.getKey(), MimeUtility.fold(header.getKey().length() + 2, encoded(value)));
            }
        }
        fill(message, mail);
        message.saveChanges();
        return message;
    }

    private static void set(SMTPMessage message, RecipientType type, List<String> addresses)
            throws MessagingException {
        if (!addresses.isEmpty()) { // an empty header is none (RFC 5322 section 3.6.3)
            message.setRecipients(type, addresses(addresses));
        }
    }

    private static Address[] addresses(List<String> written) throws MessagingException {
        Address[] addresses = new Address[written.size()];
        for (int i = 0; i < addresses.length; i++) {
            addresses[i] = address(written.get(i));
        }
        return addresses;
    }

    /** With the domain in ASCII. */
    private static InternetAddress address(String written) throws MessagingException {
        InternetAddress address = new InternetAddress(written, true);
        if (!isAscii(address.getAddress())) {
            address.setAddress(new EmailAddress(address.getAddress()).forSmtp());
        }
        try {
            address.setPersonal(address.getPersonal(), UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(e); // every Java knows UTF-8
        }
        return address;
    }

    /** Printable ASCII as it is, else in encoded words. Line breaks and control characters become spaces. */
    static String encoded(String text) throws IOException {
        String visible = text == null ? "" : INVISIBLE.matcher(text).replaceAll(" ").strip();
        if (!isAscii(visible) || !visible.contains(LOOKS_ENCODED)) {
            return MimeUtility.encodeText(visible, UTF_8, "B");
        }
        return Stream.of(visible.split("(?<=\\G.{" + WORD_BYTES + "})"))
                .map(part -> "=?UTF-8?B?"
                        + Base64.getEncoder().encodeToString(part.getBytes(StandardCharsets.US_ASCII)) + "?=")
                .collect(Collectors.joining(" "));
    }

    private void fill(MimePart message, Mail mail) throws MessagingException, IOException {
        List<Attachment> inline = mail.getAttachments().stream().filter(Attachment::isInlineAttachment).toList();
        List<Attachment> files = mail.getAttachments().stream().filter(file -> !file.isInlineAttachment()).toList();
        MimeBodyPart body = body(mail, inline);
        if (files.isEmpty() && !alwaysParts) {
            message.setDataHandler(body.getDataHandler());
            return;
        }
        MimeMultipart mixed = new MimeMultipart("mixed");
        mixed.addBodyPart(body);
        for (Attachment file : files) {
            mixed.addBodyPart(file(file));
        }
        message.setDataHandler(handler(mixed));
    }

    private MimeBodyPart body(Mail mail, List<Attachment> inline) throws MessagingException, IOException {
        MimeBodyPart html = mail.getHtml() == null ? null : text(mail.getHtml(), "html");
        if (html != null && !inline.isEmpty()) {
            MimeMultipart related = new MimeMultipart("related");
            related.addBodyPart(html);
            for (Attachment file : inline) {
                related.addBodyPart(file(file));
            }
            html = part(related);
        }
        if (html == null) {
            return text(mail.getText() == null ? "" : mail.getText(), "plain");
        }
        if (mail.getText() == null) {
            return html;
        }
        MimeMultipart alternative = new MimeMultipart("alternative");
        alternative.addBodyPart(text(mail.getText(), "plain"));
        alternative.addBodyPart(html);
        return part(alternative);
    }

    private static MimeBodyPart part(MimeMultipart parts) throws MessagingException {
        MimeBodyPart part = new MimeBodyPart();
        part.setDataHandler(handler(parts));
        return part;
    }

    /** Writes the parts itself: that of Angus is found by name, which a native image would have to be told. */
    private static DataHandler handler(MimeMultipart parts) {
        return new DataHandler(parts, parts.getContentType()) {
            @Override
            public void writeTo(OutputStream to) throws IOException {
                try {
                    parts.writeTo(to);
                } catch (MessagingException e) {
                    throw new IOException("A part of the mail could not be written", e);
                }
            }
        };
    }

    private static MimeBodyPart text(String text, String kind) throws MessagingException {
        String lines = text.replaceAll("\r\n?|\n", "\r\n");
        MimeBodyPart part = new MimeBodyPart();
        part.setDataHandler(new DataHandler(new ByteArrayDataSource(lines.getBytes(StandardCharsets.UTF_8),
                "text/" + kind + "; charset=UTF-8")));
        return part;
    }

    /** With its name as RFC 2231 has it, and in base64: whatever else would change the ends of its lines. */
    private BodyPart file(Attachment file) throws MessagingException {
        MimeBodyPart part = new MimeBodyPart();
        byte[] content = MutinyMailerImpl.getAttachmentStream(vertx, file).await().atMost(timeout).getBytes();
        part.setDataHandler(new DataHandler(new ByteArrayDataSource(content, file.getContentType())));
        part.setHeader("Content-Transfer-Encoding", "base64");
        part.setDisposition(file.getDisposition());
        if (file.getName() != null) {
            part.setFileName(file.getName());
        }
        part.setDescription(file.getDescription(), UTF_8);
        if (file.getContentId() != null) {
            part.setContentID(file.getContentId());
        }
        return part;
    }
}
