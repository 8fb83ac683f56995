package dev.offstage.task.email;

import java.util.Optional;

import io.quarkus.mailer.runtime.MailerRuntimeConfig;
import io.quarkus.mailer.runtime.TrustStoreConfig;

/**
 * What {@code quarkus.mailer.*} says of TLS in its older settings. Quarkus calls them deprecated, in favour of {@code quarkus.tls.*},
 * and obeys them, so they are obeyed here.
 *
 * @param trustAll whether any certificate of the mail server is taken; empty if this is not set
 * @param encrypted whether TLS begins with the first byte
 * @param trusted the certificates that the mail server's is checked against
 */
record OldTlsSettings(Optional<Boolean> trustAll, boolean encrypted, TrustStoreConfig trusted) {

    @SuppressWarnings("deprecation") // only here
    static OldTlsSettings of(MailerRuntimeConfig settings) {
        return new OldTlsSettings(settings.trustAll(), settings.ssl(), settings.truststore());
    }
}
