package dev.offstage.storage;

import static java.lang.annotation.ElementType.FIELD;
import static java.lang.annotation.ElementType.METHOD;
import static java.lang.annotation.ElementType.PARAMETER;
import static java.lang.annotation.ElementType.TYPE;
import static java.lang.annotation.RetentionPolicy.RUNTIME;

import java.lang.annotation.Retention;
import java.lang.annotation.Target;

import jakarta.inject.Qualifier;

/**
 * Connections to PostgreSQL that requests cannot take away: for what keeps jobs going, such as life signs, claims and settlements.
 * Injected as {@code @Engine AgroalDataSource}; they take no part in JTA transactions.
 */
@Qualifier
@Retention(RUNTIME)
@Target({FIELD, METHOD, PARAMETER, TYPE})
public @interface Engine {

    /**
     * How many there are: one for each thread that uses them, so that none waits for another. They are heartbeat, clock, relay, sweep,
     * marks, forgotten jobs, existence checks, claims, settlements and the poll.
     */
    int CONNECTIONS = 10;
}
