package dev.offstage.task.email;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import jakarta.mail.Address;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.ParseException;

import org.eclipse.angus.mail.smtp.SMTPAddressFailedException;
import org.eclipse.angus.mail.smtp.SMTPSendFailedException;

import dev.offstage.job.PermanentFailure;

/** Says of a mail that was not taken whether time can mend it. */
final class MailTrouble {

    /**
     * The server speaks of our login or of the encryption it wants (RFC 4954 section 6, RFC 3207 section 4): that is no fault
     * of the mail, but of the settings, and an operator has to mend it. Until then the mails wait.
     */
    private static final Set<Integer> ABOUT_OUR_LOGIN = Set.of(530, 534, 535, 538);

    /** How many characters of a server's answer go into a message, so that the answers about fifty recipients fit into a result. */
    private static final int LONGEST_REPLY = 200;

    private MailTrouble() {
    }

    /**
     * @param trouble what the mail client failed with
     * @param recipients for the message
     * @return {@link PermanentFailure} if the server or the client refused this mail for good, {@link PartlySent} if it went to
     *         some, else an {@link IOException}
     */
    static Exception of(Exception trouble, String recipients) {
        if (trouble instanceof PermanentFailure || trouble instanceof PartlySent) {
            return trouble;
        }
        if (trouble instanceof IllegalArgumentException || trouble instanceof ParseException) {
            return new PermanentFailure("The mail client cannot write to " + recipients + " (" + trouble.getMessage()
                    + "): correct the address of this user, then redrive this job.", trouble);
        }
        List<SMTPAddressFailedException> refusals = refusals(trouble);
        if (trouble instanceof SMTPSendFailedException sent && sent.getValidSentAddresses() != null
                && sent.getValidSentAddresses().length > 0) {
            return new PartlySent(Stream.of(sent.getValidSentAddresses()).map(MailTrouble::address).toList(),
                    replies(refusals));
        }
        if (!refusals.isEmpty() && refusals.stream().allMatch(refusal -> isForGood(refusal.getReturnCode()))) {
            return refused(recipients, String.join("; ", replies(refusals).values()), trouble);
        }
        if (trouble instanceof SMTPSendFailedException reply && isForGood(reply.getReturnCode())) {
            return refused(recipients, oneLine(reply.getMessage()), trouble);
        }
        return new IOException("The mail to " + recipients + " was not taken: " + why(trouble, refusals)
                + ". If this goes on, check the mail server and quarkus.mailer.*", trouble);
    }

    private static PermanentFailure refused(String recipients, String reply, Exception trouble) {
        return new PermanentFailure("The mail server refused the mail to " + recipients + ": " + reply
                + ". Correct the address or the server, then redrive this job.", trouble);
    }

    private static boolean isForGood(int reply) {
        return reply >= 500 && reply <= 599 && !ABOUT_OUR_LOGIN.contains(reply);
    }

    /** Angus Mail chains the exceptions that say what the server answered for each recipient. */
    private static List<SMTPAddressFailedException> refusals(Exception trouble) {
        List<SMTPAddressFailedException> refusals = new ArrayList<>();
        Exception next = trouble;
        while (next instanceof MessagingException link) {
            if (link instanceof SMTPAddressFailedException refusal) {
                refusals.add(refusal);
            }
            next = link.getNextException();
        }
        return refusals;
    }

    private static Map<String, String> replies(List<SMTPAddressFailedException> refusals) {
        Map<String, String> replies = new LinkedHashMap<>();
        refusals.forEach(refusal -> replies.put(refusal.getAddress().getAddress(), oneLine(refusal.getMessage())));
        return replies;
    }

    private static String why(Exception trouble, List<SMTPAddressFailedException> refusals) {
        if (!refusals.isEmpty()) {
            return String.join("; ", replies(refusals).values());
        }
        Exception cause = trouble instanceof MessagingException link
                && link.getNextException() instanceof IOException io
                        ? io
                        : trouble;
        return cause.getMessage() == null || cause.getMessage().isBlank()
                || cause.getMessage().equals("[EOF]")
                        ? "the connection was cut"
                        : oneLine(cause.getMessage());
    }

    private static String address(Address address) {
        return ((InternetAddress) address).getAddress();
    }

    private static String oneLine(String reply) {
        String line = reply.strip().replaceAll("\\s+", " ");
        return line.length() <= LONGEST_REPLY ? line : line.substring(0, LONGEST_REPLY) + "…";
    }
}
