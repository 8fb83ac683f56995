package dev.offstage.picture;

/** The store of originals did not do what it was asked, or not in time; it may later. */
public class OriginalsUnavailable extends RuntimeException {

    OriginalsUnavailable(String message, Throwable cause) {
        super(message, cause);
    }
}
