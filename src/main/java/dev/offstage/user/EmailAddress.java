package dev.offstage.user;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * An e-mail address that mail can be sent to, as its owner wrote it, in Unicode normal form C. The part before the @
 * may hold any letters (RFC 6531), the domain may be international (IDNA 2008, RFC 5890). Quoted local parts and address literals
 * ({@code ada@[192.0.2.1]}) are valid in RFC 5321 and refused here: nobody signs up with one.
 *
 * @param value never null; nothing is trimmed
 */
public record EmailAddress(String value) {

    /** RFC 5321 section 4.5.3.1.3 allows a path of 256 octets, of which two are the angle brackets. */
    private static final int MAX_OCTETS = 254;
    /** RFC 5321 section 4.5.3.1.1. */
    private static final int MAX_LOCAL_OCTETS = 64;
    /**
     * Of the dot-string of RFC 5321 section 4.1.2, with all of Unicode beyond ASCII as RFC 6531 section 3.3 adds it.
     */
    private static final String ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~\\-\\x{80}-\\x{10FFFF}]+";
    /** The zero-width joiner and non-joiner, which IDNA allows in some places of a domain. */
    private static final Pattern JOINERS = Pattern.compile("[\u200C\u200D]");
    private static final Pattern LOCAL_PART = Pattern.compile(ATOM + "(\\." + ATOM + ")*");

    /** @throws IllegalArgumentException if no mail can be sent to it; the message says what to change */
    public EmailAddress {
        if (value == null || value.isEmpty()) {
            throw new IllegalArgumentException("Enter an e-mail address, such as ada@example.com.");
        }
        if (octets(value) > MAX_OCTETS) { // first, for the checks below take long with a long text
            throw tooLong();
        }
        String seen = value.substring(0, value.lastIndexOf('@') + 1)
                + JOINERS.matcher(value.substring(value.lastIndexOf('@') + 1)).replaceAll("");
        if (seen.codePoints().anyMatch(EmailAddress::isInvisible)) {
            throw new IllegalArgumentException(
                    "The e-mail address holds a space, a line break or a control character: remove it.");
        }
        value = Normalizer.normalize(value, Normalizer.Form.NFC);
        int at = value.lastIndexOf('@');
        if (at < 1 || at == value.length() - 1) {
            throw new IllegalArgumentException(
                    "The e-mail address needs a name, an @ and a domain: enter one such as ada@example.com.");
        }
        String local = value.substring(0, at);
        if (local.indexOf('@') >= 0) {
            throw new IllegalArgumentException("The e-mail address holds more than one @: remove all but one.");
        }
        if (!LOCAL_PART.matcher(local).matches()) {
            throw new IllegalArgumentException("The part of the e-mail address before the @ may hold letters, digits,"
                    + " single dots between them and !#$%&'*+/=?^_`{|}~-: remove anything else.");
        }
        if (octets(local) > MAX_LOCAL_OCTETS) {
            throw new IllegalArgumentException(
                    "The part of the e-mail address before the @ is longer than " + MAX_LOCAL_OCTETS
                            + " bytes: shorten it.");
        }
        String domain = asciiDomain(value.substring(at + 1));
        if (Math.max(octets(value), octets(local) + 1 + domain.length()) > MAX_OCTETS) {
            throw tooLong();
        }
    }

    private static IllegalArgumentException tooLong() {
        return new IllegalArgumentException(
                "The e-mail address is longer than " + MAX_OCTETS + " bytes: enter a shorter one.");
    }

    /** The part before the @. */
    public String local() {
        return value.substring(0, value.lastIndexOf('@'));
    }

    /** The domain in ASCII and lower case, such as {@code xn--bcher-kva.example}. */
    public String domain() {
        return asciiDomain(value.substring(value.lastIndexOf('@') + 1));
    }

    /** The canonical form: equal for two spellings of the same address. Unique among users. */
    public String key() {
        return Normalizer.normalize(local().toLowerCase(Locale.ROOT), Normalizer.Form.NFC) + "@" + domain();
    }

    /** Whether only mail servers that offer SMTPUTF8 (RFC 6531) can take it: it has letters beyond ASCII before the @. */
    public boolean needsSmtpUtf8() {
        return local().chars().anyMatch(character -> character >= 0x80);
    }

    /** The address as SMTP takes it: the domain in ASCII, the local part as its owner wrote it. */
    public String forSmtp() {
        return local() + "@" + domain();
    }

    @Override
    public String toString() {
        return value;
    }

    private static String asciiDomain(String domain) {
        String ascii;
        try {
            ascii = InternationalDomain.toAscii(domain);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "The part of the e-mail address after the @ is not a domain: enter one such as example.com.", e);
        }
        if (!ascii.contains(".") || ascii.startsWith(".") || ascii.endsWith(".") || ascii.contains("..")) {
            throw new IllegalArgumentException(
                    "The domain of the e-mail address is incomplete: enter one such as example.com.");
        }
        return ascii;
    }

    private static boolean isInvisible(int codePoint) {
        int type = Character.getType(codePoint);
        return type == Character.CONTROL || type == Character.FORMAT || type == Character.SURROGATE
                || Character.isSpaceChar(codePoint) || Character.isWhitespace(codePoint);
    }

    private static int octets(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
