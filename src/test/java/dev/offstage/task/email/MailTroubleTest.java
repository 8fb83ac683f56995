package dev.offstage.task.email;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.vertx.ext.mail.SMTPException;

import dev.offstage.job.PermanentFailure;

class MailTroubleTest {

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {"recipient address not accepted; 550 5.1.1 No such user",
            "recipient address not accepted; 553 Mailbox name not allowed", "sending data failed; 554 Looks like spam",
            "sender address not accepted; 550 Not you"})
    void refusedForGood(String stage, String reply) {
        assertThat(trouble(stage, reply)).isInstanceOf(PermanentFailure.class)
                .hasMessageContaining(reply)
                .hasMessageContaining("ada@example.com")
                .hasMessageContaining("redrive");
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {"recipient address not accepted; 450 Try again later",
            "sending data failed; 421 Closing", "got error response; 554 No SMTP service here",
            "AUTH PLAIN failed; 535 Bad credentials", "HELO failed.; 550 Who are you",
            "sender address not accepted; 530 Authentication required",
            "recipient address not accepted; what is this"})
    void timeOrAnOperatorMendsIt(String stage, String reply) {
        assertThat(trouble(stage, reply)).isInstanceOf(IOException.class).hasMessageContaining("check the mail server");
    }

    @Test
    void theRest() {
        assertThat(MailTrouble.of(new IOException("Connection refused"), "ada@example.com"))
                .isInstanceOf(IOException.class);
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

    private static Exception trouble(String stage, String reply) {
        int code = reply.matches("\\d{3} .*") ? Integer.parseInt(reply.substring(0, 3)) : 500;
        return MailTrouble.of(new SMTPException(stage, code, List.of(reply), false), "ada@example.com");
    }
}
