package dev.offstage.queue;

/** No attempt can be made of a record; the message says why. It goes to the dead letters as it is. */
public class UnreadableRecord extends Exception {

    public UnreadableRecord(String message) {
        super(message);
    }
}
