package dev.offstage.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class EmailAddressTest {

    @ParameterizedTest
    @CsvSource({
            "ada@example.com, ada@example.com",
            "Ada.Lovelace@Example.COM, ada.lovelace@example.com",
            "o'neil+tag@sub.example.co.uk, o'neil+tag@sub.example.co.uk",
            "jürgen@bücher.example, jürgen@xn--bcher-kva.example",
            "JÜRGEN@XN--BCHER-KVA.example, jürgen@xn--bcher-kva.example",
            "用户@例子.公司, 用户@xn--fsqu00a.xn--55qx5d",
            "ada@example。com, ada@example.com",
            // vectors of UTS 46, not transitional
            "ada@faß.de, ada@xn--fa-hia.de",
            "ada@FAẞ.de, ada@xn--fa-hia.de",
            "ada@XN--FA-HIA.de, ada@xn--fa-hia.de",
            "ada@fass.de, ada@fass.de",
            "ada@βόλος.com, ada@xn--nxasmm1c.com",
            "ada@ΒΌΛΟΣ.com, ada@xn--nxasmq6b.com",
            "ada@www.straße.bücher.de, ada@www.xn--strae-oqa.xn--bcher-kva.de",
            "ada@ශ්\u200Dරී.com, ada@xn--10cl1a0b660p.com",
            "ada@نامه\u200Cای.com, ada@xn--mgba3gch31f060k.com",
    })
    void oneKeyPerAddress(String address, String key) {
        assertThat(new EmailAddress(address).key()).isEqualTo(key);
    }

    @Test
    void composedAndDecomposedLettersAreTheSame() {
        EmailAddress composed = new EmailAddress("zo\u00eb@example.com");
        EmailAddress decomposed = new EmailAddress("zoe\u0308@example.com");
        assertThat(decomposed).isEqualTo(composed);
        assertThat(decomposed.key()).isEqualTo(composed.key());
    }

    @Test
    void smtpGetsTheDomainInAscii() {
        assertThat(new EmailAddress("Ada@Bücher.example").forSmtp()).isEqualTo("Ada@xn--bcher-kva.example");
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "ada", "ada@", "@example.com", " ada@example.com", "ada@example.com ",
            "a da@example.com",
            "ada@exam ple.com", "ada@example.com\r\nBcc: eve@example.com", "ada@example.com\n", "ada\u0000@example.com",
            "ada\u200b@example.com", "a\u200cda@example.com", "ada@exam\u200cple.com", "ada@exa\u200dmple.com",
            "ada@\u200dß.com",
            "ada@ا\u200Cای.com", "ada@ß-.com", "ada@ß_a.com",
            "ada@ßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßß.com", "ada\u00a0@example.com",
            "ada\u202e@example.com", "ada\ud800@example.com",
            "ada@example", "ada@example.com.", "ada@.example.com", "ada@example..com", "ada@-example.com",
            "ada@exam_ple.com", "ada@[192.0.2.1]", ".ada@example.com", "ada.@example.com", "a..da@example.com",
            "ada@eve@example.com", "<ada@example.com>", "ada,eve@example.com", "\"ada\"@example.com",
            "a(b)@example.com"})
    void refused(String address) {
        assertThatThrownBy(() -> new EmailAddress(address)).isInstanceOf(IllegalArgumentException.class)
                .message()
                .matches("(?s).*(Enter|enter|remove|shorten).*");
    }

    @Test
    void twoAtSignsAreSaidToBeTwo() {
        assertThatThrownBy(() -> new EmailAddress("ada@@example.com")).hasMessageContaining("more than one @");
    }

    @Test
    void anEndlessAddressIsRefusedAtOnce() {
        assertThatThrownBy(() -> new EmailAddress("a.".repeat(50_000) + "a@example.com")).hasMessageContaining("254");
    }

    @Test
    void lengthsAreThoseOfSmtp() {
        String label = "d".repeat(63);
        String domain = label + "." + label + "." + label;
        String longest = "a".repeat(62) + "@" + domain;
        assertThat(longest).hasSize(254);
        assertThat(new EmailAddress(longest).value()).isEqualTo(longest);
        assertThatThrownBy(() -> new EmailAddress("a" + longest)).hasMessageContaining("254");
        assertThatThrownBy(() -> new EmailAddress("a".repeat(65) + "@example.com")).hasMessageContaining("64");
        assertThatThrownBy(() -> new EmailAddress("ü".repeat(33) + "@example.com")).hasMessageContaining("64");
        assertThatThrownBy(() -> new EmailAddress("a@" + "d".repeat(64) + ".com")).hasMessageContaining("domain");
    }
}
