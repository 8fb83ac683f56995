package dev.offstage.task.email;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Optional;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.quarkus.runtime.configuration.ConfigurationException;

import dev.offstage.job.PermanentFailure;

/** Failures that no server takes part in; see {@link SmtpMailerIT} for the rest. */
class MailTroubleTest {

    @Test
    void theRest() {
        assertThat(MailTrouble.of(new IOException("Connection refused"), "ada@example.com"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("check the mail server");
        assertThat(MailTrouble.of(new IllegalArgumentException("invalid email address [a b]"), "a b"))
                .isInstanceOf(PermanentFailure.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"hello@example.com", "Offstage <hello@example.com>"})
    void theSendersDomainIsThatOfTheMessageId(String from) {
        assertThat(MailDelivery.domain(Optional.of(from))).isEqualTo("example.com");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "hello", "hello@", "@example.com"})
    void theSenderMustBeSet(String from) {
        assertThatThrownBy(() -> MailDelivery.domain(Optional.of(from))).isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("quarkus.mailer.from")
                .hasMessageContaining("set it");
    }
}
