package dev.offstage.job;

/** Thrown by a handler when no later attempt can succeed (a bad image, SMTP 550, HTTP 404). The job becomes a dead letter. */
public class PermanentFailure extends RuntimeException {

    public PermanentFailure(String message) {
        super(message);
    }

    public PermanentFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
