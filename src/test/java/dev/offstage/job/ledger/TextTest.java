package dev.offstage.job.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;

import org.junit.jupiter.api.Test;

class TextTest {

    private static final String ESCAPE = Character.toString(0x1b);
    private static final String RIGHT_TO_LEFT = Character.toString(0x202e);

    @Test
    void whatSteersATerminalIsNotShown() {
        assertThat(shown("550 " + ESCAPE + "[31mred")).isEqualTo("550  [31mred");
        assertThat(shown("a\0b\rc" + Character.toString(0x85) + "d")).isEqualTo("a b c d");
        assertThat(shown("a" + RIGHT_TO_LEFT + "b")).isEqualTo("a b");
        assertThat(shown("half a pair: " + Character.toString(0xd800))).isEqualTo("half a pair: ?");
        assertThat(shown("Ünïcode 🎉 in\n\ttwo lines")).isEqualTo("Ünïcode 🎉 in\n\ttwo lines");
    }

    @Test
    void theEndOfWhatIsTooLongIsMarked() {
        assertThat(shown("x".repeat(101))).hasSize(100).endsWith("x…");
        assertThat(shown("x".repeat(98) + "🎉🎉")).isEqualTo("x".repeat(98) + "?…");
    }

    @Test
    void aFailureIsFitForALog() {
        Failure failure = Failure.of(1, Instant.now(), Instant.now(),
                new IllegalStateException("550 " + ESCAPE + "[2J"));

        assertThat(failure.errorMessage()).isEqualTo("550  [2J");
    }

    private static String shown(String said) {
        return Text.shown(said, 100);
    }
}
