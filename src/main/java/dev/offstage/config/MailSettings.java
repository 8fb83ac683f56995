package dev.offstage.config;

import io.smallrye.config.WithDefault;

/** {@code offstage.mail}: what is not among Quarkus' own settings of the mailer. */
public interface MailSettings {

    /**
     * Whether the mail server offers SMTPUTF8 (RFC 6531). Without it no mail can be sent to addresses with letters beyond ASCII
     * before the @, so the sign-up refuses them.
     */
    @WithDefault("true")
    boolean smtputf8();
}
