package dev.offstage.picture;

/** A file with more bytes than are taken. The message is for the user who uploaded it. */
public class TooLargeUpload extends Exception {

    public TooLargeUpload(String message) {
        super(message);
    }
}
