package dev.offstage.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LaneSelectionTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            report             | report       | true
            report             | mail         | false
            ' report , cohorts' | cohorts     | true
            -report            | report       | false
            -report            | mail         | true
            -report, -cohorts  | cohorts      | false
            -report, -cohorts  | mail         | true
            avatar-resize      | avatar-resize | true
            -avatar-resize     | avatar-resize | false
            """)
    void whatIsNamedIsRunOrAllElse(String written, String type, boolean has) {
        assertThat(LaneSelection.of(written).has(type)).isEqualTo(has);
    }

    @Test
    void someWithAndSomeWithoutAMinusMeanNothing() {
        assertThatThrownBy(() -> LaneSelection.of("report,-mail")).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("either those that this process runs");
    }
}
