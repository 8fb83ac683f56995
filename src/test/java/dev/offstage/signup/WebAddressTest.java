package dev.offstage.signup;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebAddressTest {

    @ParameterizedTest
    @ValueSource(strings = {"Ada - claim 500 EUR now: https://evil.example/login", "HTTPS://EVIL.EXAMPLE",
            "hxxp://evil.example",
            "//evil.example", "www.evil.example", "WWW2.evil.example", "evil.com", "Go to evil.com!", "evil.io/login",
            "evil.museum/login", "bit.ly/x", "evil.technology:8080", "evil.xyz?a=b", "mail ada@evil.example",
            "mailto:ada",
            "http:evil.example", "javascript:alert(1)", "https\uFF1A\uFF0F\uFF0Fevil.example", "evil\u3002com",
            "evil\uFF0Ecom", "ev\u200Dil.c\u200Com", "\uFF45\uFF56\uFF49\uFF4C.com", "evil.museum\u2215login",
            "\\\\evil.example",
            "xn--80ak6aa92e.com", "127.0.0.1", "see 93.184.216.34 now", "tel:+4912345"})
    void finds(String text) {
        assertThat(WebAddress.isIn(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Ada Lovelace", "J.R.R. Tolkien", "J. R. R. Tolkien", "Dr. Ada Lovelace", "Dr.Ada Lovelace",
            "St.John",
            "Sammy Davis Jr.", "Anne-Marie O'Neill", "Günther Müller-Lüdenscheidt", "李小龙", "山田 太郎", "นางสาว สมหญิง",
            "محمد عبد الله", "می‌خواهم", "Владимир Ильич", "Ada, Countess of Lovelace", "A/B Testing GmbH",
            "Smith & Sons",
            "Ada (QA)", "X Æ A-12", "Ing. Karel Čapek, CSc.", "T.J. Miller", "Ada 🎉", "C. S. Lewis",
            "Ph.D. Ada",
            "Müller: Ada", "M.I.A.", "will.i.am"})
    void takes(String name) {
        assertThat(WebAddress.isIn(name)).isFalse();
    }
}
