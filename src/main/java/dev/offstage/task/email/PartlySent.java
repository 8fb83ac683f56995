package dev.offstage.task.email;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * A mail went to some of its recipients and not to others, where {@code quarkus.mailer.allow-rcpt-errors} lets it. If it is
 * sent again, then to the refused alone.
 */
public class PartlySent extends IOException {

    private final List<String> accepted;
    private final Map<String, String> refused;

    /**
     * @param accepted addresses that the server has taken the mail for
     * @param refused what it said to each of the others, by address
     */
    public PartlySent(List<String> accepted, Map<String, String> refused) {
        super("The mail went to " + String.join(", ", accepted) + ", and the mail server refused it for " + refused
                + ". Send it again to these alone, once their addresses are correct.");
        this.accepted = List.copyOf(accepted);
        this.refused = Map.copyOf(refused);
    }

    public List<String> accepted() {
        return accepted;
    }

    /** What the server said, by address. */
    public Map<String, String> refused() {
        return refused;
    }
}
