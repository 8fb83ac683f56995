package dev.offstage.outbound;

import dev.offstage.job.PermanentFailure;

/** A host leads into this machine's own network, where nobody from outside may send us. */
public class RefusedAddress extends PermanentFailure {

    RefusedAddress(String host) {
        super("The host " + host + " has an address that is not public (of this machine, a private network, or a"
                + " reserved one): use a public one. Where such addresses are wanted, set"
                + " offstage.webhooks.allow-private=true.");
    }
}
