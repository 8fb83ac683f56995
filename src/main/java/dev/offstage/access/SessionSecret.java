package dev.offstage.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Pattern;

/**
 * What a browser holds of a session: 256 random bits.
 *
 * @param text in the alphabet of base64url (RFC 4648, 5)
 */
record SessionSecret(String text) {

    private static final int BYTES = 32;
    private static final Pattern WRITTEN = Pattern.compile("[A-Za-z0-9_-]{43}");

    static SessionSecret random() {
        byte[] random = new byte[BYTES];
        new SecureRandom().nextBytes(random);
        return new SessionSecret(Base64.getUrlEncoder().withoutPadding().encodeToString(random));
    }

    /** Whether this may be one: what is none is not looked up. */
    static boolean isOne(String text) {
        return WRITTEN.matcher(text).matches();
    }

    /** What PostgreSQL keeps of it: nobody gets from this to the secret. */
    byte[] digest() {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256.", e);
        }
    }
}
