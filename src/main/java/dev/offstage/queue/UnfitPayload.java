package dev.offstage.queue;

import dev.offstage.job.ledger.Delivery;

/** All of a record can be read but its payload, which is none for its type, or no longer is. */
public final class UnfitPayload extends UnreadableRecord {

    private final transient Delivery delivery;

    UnfitPayload(Delivery delivery, String reason) {
        super("The payload does not fit the type " + delivery.type() + ": " + reason);
        this.delivery = delivery;
    }

    public Delivery delivery() {
        return delivery;
    }
}
