package dev.offstage.task.email;

import java.io.IOException;
import java.util.Set;

import io.vertx.ext.mail.SMTPException;

import dev.offstage.job.PermanentFailure;

/** Says of a mail that was not taken whether time can mend it. */
final class MailTrouble {

    /**
     * The server speaks of our login or of the encryption it wants (RFC 4954 section 6, RFC 3207 section 4): true for
     * every mail alike, and mended by an operator, not by dropping the mail of whoever signs up meanwhile.
     */
    private static final Set<Integer> ABOUT_OUR_LOGIN = Set.of(530, 534, 535, 538);

    /**
     * What the Vert.x mail client puts before a reply that came before there was any mail: at connect, HELO or AUTH.
     */
    private static final Set<String> BEFORE_ANY_MAIL = Set.of("got error response", "HELO failed", "AUTH ");

    private MailTrouble() {
    }

    /**
     * @param trouble what the mail client failed with
     * @param recipient for the message
     * @return {@link PermanentFailure} if the server or the client refused this mail for good, else an {@link
     * IOException}
     */
    static Exception of(Throwable trouble, String recipient) {
        if (trouble instanceof IllegalArgumentException) {
            return new PermanentFailure("The mail client cannot write to " + recipient + " (" + trouble.getMessage()
                    + "): correct the address of this user, then redrive this job.", trouble);
        }
        if (trouble instanceof SMTPException reply && refusesThisMail(reply)) {
            return new PermanentFailure("The mail server refused the mail to " + recipient + ": "
                    + String.join(" ", reply.getReplyMessages()).strip()
                    + ". Correct the address or the server, then redrive this job.", trouble);
        }
        String why = trouble.getMessage() == null ? "the connection was cut" : trouble.getMessage();
        return new IOException("The mail to " + recipient + " was not taken: " + why
                + ". If this goes on, check the mail server and quarkus.mailer.*", trouble);
    }

    /** A reply that is no reply at all has the code 500 too; only what begins with a 5 is the server's word. */
    private static boolean refusesThisMail(SMTPException reply) {
        return reply.isPermanent()
                && reply.getReplyMessage().startsWith("5")
                && !ABOUT_OUR_LOGIN.contains(reply.getReplyCode())
                && BEFORE_ANY_MAIL.stream().noneMatch(reply.getMessage()::startsWith);
    }
}
