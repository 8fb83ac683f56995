package dev.offstage.task.webhook;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What a delivery is signed with, and its receiver verifies it with, as the Standard Webhooks specification has it
 * (github.com/standard-webhooks/standard-webhooks, "Signature scheme", symmetric).
 *
 * @param key 24 to 64 random bytes
 */
public record WebhookSecret(byte[] key) {

    private static final String PREFIX = "whsec_";
    private static final String VERSION = "v1,";
    private static final String ALGORITHM = "HmacSHA256";
    private static final int KEY_BYTES = 32;

    public static WebhookSecret create() {
        byte[] key = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(key);
        return new WebhookSecret(key);
    }

    /** As its owner is told: {@code whsec_} and the key in base64. */
    public String text() {
        return PREFIX + Base64.getEncoder().encodeToString(key);
    }

    /** The signature of a delivery: {@code v1,} and the HMAC-SHA256 of {@code id.timestamp.body} in base64. */
    public String sign(String id, Instant timestamp, byte[] body) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            mac.update((id + "." + timestamp.getEpochSecond() + ".").getBytes(StandardCharsets.UTF_8));
            return VERSION + Base64.getEncoder().encodeToString(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every JDK has " + ALGORITHM + ".", e);
        }
    }

    @Override
    public String toString() {
        return PREFIX + "…";
    }
}
