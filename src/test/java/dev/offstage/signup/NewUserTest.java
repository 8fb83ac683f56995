package dev.offstage.signup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.ws.rs.WebApplicationException;

import org.junit.jupiter.api.Test;

import dev.offstage.http.Problem;

class NewUserTest {

    @Test
    void anAddressThatTheMailServerCannotTakeIsRefusedAtTheSignUp() {
        assertThat(NewUser.of("用户@例子.公司", "Ada", null, true).email().needsSmtpUtf8()).isTrue();
        assertThat(NewUser.of("ada@例子.公司", "Ada", null, false).email().needsSmtpUtf8()).isFalse();

        assertThatThrownBy(() -> NewUser.of("用户@例子.公司", "Ada", null, false)).isInstanceOfSatisfying(
                WebApplicationException.class,
                refusal -> assertThat(((Problem) refusal.getResponse().getEntity()).toString())
                        .contains("email", "No mail can be sent from here"));
    }
}
