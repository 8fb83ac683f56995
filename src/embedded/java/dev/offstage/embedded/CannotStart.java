package dev.offstage.embedded;

/** The embedded parts cannot start; the message is one sentence that says what to do about it. */
public class CannotStart extends Exception {

    public CannotStart(String message) {
        super(message);
    }

    public CannotStart(String message, Throwable cause) {
        super(message, cause);
    }
}
