package dev.offstage.picture.format;

/** A picture that cannot be read: another format, broken, or too large. The message is for the user who uploaded it. */
public class UnreadableImage extends Exception {

    public UnreadableImage(String message) {
        super(message);
    }

    public UnreadableImage(String message, Throwable cause) {
        super(message, cause);
    }
}
