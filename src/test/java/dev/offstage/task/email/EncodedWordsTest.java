package dev.offstage.task.email;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.mail.internet.MimeUtility;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EncodedWordsTest {

    @Test
    void plainTextStaysAsItIs() {
        assertThat(EncodedWords.of("Your report is ready (42 rows)")).isEqualTo("Your report is ready (42 rows)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Grüße aus Köln",
            "👩‍👩‍👧‍👦 is a family of four, and this is a subject that is far longer than one line",
            "=?UTF-8?B?aGVsbG8=?=", "日本語の件名がとても長いときにも、文字は途中で切れてはいけません。日本語の件名がとても長いとき"})
    void whatIsNotPlainIsReadBackAsItWas(String text) throws Exception {
        String header = EncodedWords.of(text);

        assertThat(header).matches("[ -~\r\n]+");
        assertThat(("Subject: " + header).lines()).allMatch(line -> line.length() <= 76);
        assertThat(MimeUtility.decodeText(MimeUtility.unfold(header))).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\r\nBcc: eve@example.com", "a\nBcc: eve@example.com", "a\rBcc: eve@example.com",
            "a\u0000\u0085\u2028Bcc: eve@example.com"})
    void noHeaderIsSmuggledIn(String text) {
        assertThat(EncodedWords.of(text)).isEqualTo("a Bcc: eve@example.com");
    }
}
