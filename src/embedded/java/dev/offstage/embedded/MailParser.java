package dev.offstage.embedded;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

import jakarta.mail.MessagingException;
import jakarta.mail.Multipart;
import jakarta.mail.Part;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;

/** Reads what a person wants to see of a mail. */
final class MailParser {

    private MailParser() {
    }

    /** Never fails: a mail that cannot be read is shown as it arrived. */
    static Mailbox.Mail parse(String id, Instant receivedAt, byte[] raw) {
        try {
            MimeMessage message = new MimeMessage(null, new ByteArrayInputStream(raw));
            return new Mailbox.Mail(id, receivedAt, InternetAddress.toUnicodeString(message.getFrom()),
                    InternetAddress.toUnicodeString(message.getAllRecipients()), message.getSubject(),
                    message.getMessageID(), part(message, "text/plain"), part(message, "text/html"));
        } catch (MessagingException | IOException e) { // such as a character set that Java does not know
            return new Mailbox.Mail(id, receivedAt, "?", "?", "(this mail cannot be read: " + e.getMessage() + ")",
                    null,
                    new String(raw, StandardCharsets.UTF_8), null);
        }
    }

    private static String part(Part part, String type) throws MessagingException, IOException {
        if (Part.ATTACHMENT.equalsIgnoreCase(part.getDisposition())) {
            return null;
        }
        if (part.isMimeType(type)) {
            return part.getContent().toString();
        }
        if (part.getContent() instanceof Multipart parts) {
            for (int i = 0; i < parts.getCount(); i++) {
                String found = part(parts.getBodyPart(i), type);
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }
}
