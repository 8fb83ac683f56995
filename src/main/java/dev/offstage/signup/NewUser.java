package dev.offstage.signup;

import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;

import jakarta.ws.rs.WebApplicationException;

import dev.offstage.http.Problem;
import dev.offstage.http.Problem.Violation;
import dev.offstage.user.EmailAddress;

/**
 * Who wants to sign up, checked as far as that goes without looking at the picture.
 *
 * @param avatar the uploaded file; null for none
 */
record NewUser(EmailAddress email, String name, Path avatar) {

    private static final int LONGEST_NAME = 200;
    /** Letters and a symbol by Unicode that show nothing: fillers of Hangul, and Braille without a dot. */
    private static final String BLANKS = "\u115F\u1160\u3164\uFFA0\u2800";

    /**
     * @param smtpUtf8 whether mail can be sent to addresses with letters beyond ASCII before the @
     * @throws WebApplicationException 400, naming every field that is not valid
     */
    static NewUser of(String email, String name, Path avatar, boolean smtpUtf8) {
        List<Violation> violations = new ArrayList<>();
        EmailAddress address = null;
        try {
            address = new EmailAddress(email);
            if (address.needsSmtpUtf8() && !smtpUtf8) {
                violations.add(
                        new Violation("email", "No mail can be sent from here to an address with other letters than"
                                + " a to z before the @: enter another one."));
            }
        } catch (IllegalArgumentException e) {
            violations.add(new Violation("email", e.getMessage()));
        }
        String normalized = name == null ? "" : Normalizer.normalize(name, Normalizer.Form.NFC).strip();
        String fault = faultOf(normalized);
        if (fault != null) {
            violations.add(new Violation("name", fault));
        }
        if (!violations.isEmpty()) {
            throw new WebApplicationException(Problem.invalid(violations).response());
        }
        return new NewUser(address, normalized, avatar);
    }

    /** Null if there is none. */
    private static String faultOf(String name) {
        if (name.codePoints().noneMatch(NewUser::isVisible)) {
            return "Enter a name.";
        }
        if (name.length() > LONGEST_NAME) {
            return "The name is longer than " + LONGEST_NAME + " characters: shorten it.";
        }
        if (isJoiner(name.codePointAt(0)) || name.codePoints().anyMatch(NewUser::isRefused)) {
            return "The name holds a line break, a control character or one that steers how text is shown: remove it.";
        }
        if (WebAddress.isIn(name)) {
            return "The name holds a web or mail address: send only what you want to be called.";
        }
        return null;
    }

    private static boolean isVisible(int character) {
        return !isRefused(character) && switch (Character.getType(character)) {
            case Character.SPACE_SEPARATOR, Character.FORMAT, Character.NON_SPACING_MARK, Character.ENCLOSING_MARK,
                    Character.COMBINING_SPACING_MARK ->
                false;
            default -> BLANKS.indexOf(character) < 0;
        };
    }

    private static boolean isRefused(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.SURROGATE,
                    Character.UNASSIGNED ->
                true;
            case Character.FORMAT -> !isJoiner(character);
            default -> false;
        };
    }

    /** The zero-width joiner and non-joiner, which emoji and Persian need within a name, and Malayalam at its end. */
    private static boolean isJoiner(int character) {
        return character == 0x200C || character == 0x200D;
    }
}
