package dev.offstage.job;

import java.util.List;

/** Makes jobs of the death of others. Every bean of this type is asked. */
public interface DeathFollower {

    /**
     * What is enqueued in the transaction in which a job dies. Must neither block nor ask PostgreSQL: it is asked between an attempt
     * and its settlement.
     */
    List<NewJob> afterDeath(DeadJob job);
}
