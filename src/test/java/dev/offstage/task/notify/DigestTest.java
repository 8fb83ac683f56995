package dev.offstage.task.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import java.util.UUID;

import org.junit.jupiter.api.Test;

class DigestTest {

    @Test
    void oneStandsForItself() {
        assertThat(Digest.of(List.of(notification("Done", "All of it."))))
                .containsExactly(new Digest("Done", "All of it."));
    }

    @Test
    void severalStandTogether() {
        assertThat(Digest.of(List.of(notification("One", "1"), notification("Two", "2"))))
                .containsExactly(new Digest("2 notifications", "One\n1\n\nTwo\n2"));
    }

    @Test
    void manyLongOnesBecomeSeveralMessages() {
        Notification longest = notification("x".repeat(Notification.LONGEST_TITLE),
                "&".repeat(Notification.LONGEST_TEXT));

        List<Digest> digests = Digest.of(Collections.nCopies(5, longest));

        assertThat(digests).hasSize(5);
        assertThat(Digest.of(Collections.nCopies(100, notification("a", "b".repeat(799))))).hasSize(10);
        assertThat(Digest.of(List.of())).isEmpty();
    }

    @Test
    void whatIsNoneIsRefused() {
        assertThatThrownBy(() -> notification(" ", "")).hasMessageContaining("title");
        assertThatThrownBy(() -> notification("x".repeat(201), "")).hasMessageContaining("200");
        assertThatThrownBy(() -> notification("a", null)).hasMessageContaining("text");
        assertThatThrownBy(() -> notification("a", "x".repeat(4_001))).hasMessageContaining("4000");
    }

    private static Notification notification(String title, String text) {
        return new Notification(UUID.randomUUID(), title, text);
    }
}
