package dev.offstage.queue;

/** No attempt can be made of a record; the message says why. It goes to the dead letters as it is. */
class UnreadableRecord extends Exception {

    UnreadableRecord(String message) {
        super(message);
    }
}
