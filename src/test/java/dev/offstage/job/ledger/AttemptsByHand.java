package dev.offstage.job.ledger;

import java.lang.reflect.Proxy;
import java.util.stream.Stream;

import jakarta.enterprise.inject.Instance;

import dev.offstage.job.DeathFollower;

/** Attempts without anything that they could be stored in. */
public final class AttemptsByHand {

    private AttemptsByHand() {
    }

    /** Fit for handlers that ask for nothing. */
    @SuppressWarnings("unchecked")
    public static Attempts thatLeaveNothing() {
        Instance<DeathFollower> nobody = (Instance<DeathFollower>) Proxy.newProxyInstance(
                AttemptsByHand.class.getClassLoader(), new Class<?>[]{Instance.class},
                (proxy, method, arguments) -> Stream.empty());
        return new Attempts(null, null, null, null, nobody);
    }
}
