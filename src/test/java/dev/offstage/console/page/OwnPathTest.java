package dev.offstage.console.page;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a job's result may lead. */
class OwnPathTest {

    @ParameterizedTest
    @ValueSource(strings = {"/", "/reports/01a2", "/statistics?a=b#c", "/x//y"})
    void takesPathsOfThisSite(String link) {
        assertThat(OwnPath.isOne(link)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "//evil.example", "/\\evil.example", "/\t/evil.example", "/\n/evil.example",
            "https://evil.example",
            "javascript:alert(1)", "x", "/a\\b", "/ /evil.example"})
    void refusesOthers(String link) {
        assertThat(OwnPath.isOne(link)).isFalse();
    }
}
