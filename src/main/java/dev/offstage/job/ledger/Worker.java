package dev.offstage.job.ledger;

import java.util.UUID;

import jakarta.inject.Singleton;

import com.github.f4b6a3.uuid.UuidCreator;

/**
 * This process as a worker. Its id is new at every start, and whenever others have taken it for dead: whatever it
 * claimed under the old id is then no longer its own.
 */
@Singleton
public class Worker {

    private volatile UUID id = UuidCreator.getTimeOrderedEpoch();

    public UUID id() {
        return id;
    }

    void takenForDead() {
        id = UuidCreator.getTimeOrderedEpoch();
    }
}
