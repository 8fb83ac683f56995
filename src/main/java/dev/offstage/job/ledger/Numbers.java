package dev.offstage.job.ledger;

import com.fasterxml.jackson.databind.JsonNode;

/** What a payload may hold of numbers, however it comes. */
public final class Numbers {

    private Numbers() {
    }

    /** False if one of them is beyond what 64 bits of IEEE 754 hold, as 1e400 is: most programs that read it would read infinity. */
    public static boolean areFinite(JsonNode node) {
        if (node.isFloatingPointNumber()) {
            return Double.isFinite(node.doubleValue());
        }
        for (JsonNode part : node) {
            if (!areFinite(part)) {
                return false;
            }
        }
        return true;
    }
}
