package dev.offstage.config;

import java.time.Duration;
import java.util.Optional;

import io.smallrye.config.WithConverter;
import io.smallrye.config.WithDefault;

import dev.offstage.config.Bounds.PositiveDuration;

/** {@code offstage.operator}: the user {@code operator}, and sessions in the console. */
public interface OperatorSettings {

    /** The password of the user {@code operator}. Generated if any part is embedded, required elsewhere. */
    Optional<String> password();

    /** Where mail to the operator goes, such as that a web hook without an owner was switched off; no such mail by default. */
    Optional<String> email();

    /** How often one address may try a wrong password, in this process, such as {@code 10/m}; empty for no limit. */
    @WithDefault("10/m")
    Optional<@WithConverter(Bounds.Rate.class) RateLimit> logInsPerAddress();

    /**
     * How often all addresses that have not known the password lately may try it together, in this process, such as
     * {@code 100/m}; empty for no limit.
     */
    @WithDefault("100/m")
    Optional<@WithConverter(Bounds.Rate.class) RateLimit> logInsOfStrangers();

    /** How long a session lasts without a request, as a duration. */
    @WithConverter(PositiveDuration.class)
    @WithDefault("2h")
    Duration sessionIdle();

    /** How long a session lasts after its log-in, whatever was done in it, as a duration. */
    @WithConverter(PositiveDuration.class)
    @WithDefault("12h")
    Duration sessionMax();
}
