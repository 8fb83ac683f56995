package dev.offstage.access;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

import jakarta.inject.Singleton;

import dev.offstage.config.OffstageConfig;

import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * A hash of the password in each session's row, which shows whether the session began under the present password. It is made by
 * PBKDF2 (RFC 8018) with as many rounds as OWASP's "Password Storage Cheat Sheet" asks for, which takes a tenth of a second,
 * once for a process. So someone who reads the table can try passwords only slowly.
 */
@Singleton
class PasswordMark {

    private static final String SALT = "select salt::text from operator_session_salt";
    private static final int ROUNDS = 210_000;
    private static final int BITS = 256;

    private final char[] password;
    private byte[] mark;

    PasswordMark(OffstageConfig config) {
        this.password = config.operator().password().orElse("").toCharArray();
    }

    /** Not on an event loop. */
    synchronized byte[] get(Connection connection) throws SQLException {
        if (mark == null) {
            try (PreparedStatement statement = connection.prepareStatement(SALT);
                    ResultSet rows = statement.executeQuery()) {
                if (!rows.next()) {
                    throw new SQLException("The table operator_session_salt is empty: insert a row into it.");
                }
                mark = derive(password, rows.getString(1).getBytes(StandardCharsets.US_ASCII));
            }
        }
        return mark;
    }

    private static byte[] derive(char[] password, byte[] salt) {
        try {
            return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA512")
                    .generateSecret(new PBEKeySpec(password, salt, ROUNDS, BITS))
                    .getEncoded();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java has PBKDF2.", e);
        }
    }
}
