package dev.offstage.http;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** A limit for all callers together, with a lower limit for each address. */
final class Shares {

    private final long most;
    private final long mostPerAddress;
    /** What each address has. Addresses that have nothing are removed, so that this does not grow. */
    private final Map<String, Long> byAddress = new HashMap<>();
    private long taken;

    Shares(long most, long mostPerAddress) {
        this.most = most;
        this.mostPerAddress = mostPerAddress;
    }

    /**
     * @param address null for one without a limit of its own, such as a proxy's
     * @return empty if there is no more
     */
    Optional<Share> take(String address, long amount) {
        Share share = new Share(address);
        return share.grow(amount) ? Optional.of(share) : Optional.empty();
    }

    /** Whether this address has reached the limit for one address, rather than all together the limit for all. */
    synchronized boolean hasItsShare(String address, long amount) {
        return own(address) + amount > mostPerAddress;
    }

    private long own(String address) {
        return address == null ? 0 : byAddress.getOrDefault(address, 0L);
    }

    private synchronized boolean add(String address, long amount) {
        long own = own(address);
        if (taken + amount > most || own + amount > mostPerAddress) {
            return false;
        }
        taken += amount;
        if (address != null) {
            byAddress.put(address, own + amount);
        }
        return true;
    }

    private synchronized void subtract(String address, long amount) {
        taken -= amount;
        if (address != null) {
            byAddress.computeIfPresent(address, (key, own) -> own == amount ? null : own - amount);
        }
    }

    /** What one has of it, until it is closed. Closing it again does nothing. */
    final class Share implements AutoCloseable {

        private final String address;
        private long amount;
        private boolean closed;

        private Share(String address) {
            this.address = address;
        }

        /** @return false if there is not so much more; what it has it keeps */
        synchronized boolean grow(long more) {
            if (closed || !add(address, more)) {
                return false;
            }
            amount += more;
            return true;
        }

        @Override
        public synchronized void close() {
            if (!closed) {
                closed = true;
                subtract(address, amount);
            }
        }
    }
}
