package dev.offstage.config;

import io.smallrye.config.WithDefault;

/** {@code offstage.signup}: what callers of {@code POST /signup} are told. */
public interface SignupSettings {

    /** Whether a caller is told that an address is taken. If not, the address' owner is told by mail. */
    @WithDefault("true")
    boolean revealTaken();
}
