package dev.offstage.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;

import org.junit.jupiter.api.Test;

import io.vertx.core.buffer.Buffer;

class BodyInputTest {

    private final BodyInput in = new BodyInput(Buffer.buffer("a body ü"));

    @Test
    void allOfABodyIsReadAndThenItEnds() throws IOException {
        assertThat(in.readAllBytes()).isEqualTo("a body ü".getBytes(UTF_8));
        assertThat(in.read()).isEqualTo(-1);
        assertThat(in.read(new byte[8], 0, 8)).isEqualTo(-1);
        assertThat(in.available()).isZero();
    }

    @Test
    void aBodyIsReadInParts() {
        byte[] bytes = new byte[10];

        assertThat(in.read()).isEqualTo('a');
        assertThat(in.read(bytes, 2, 3)).isEqualTo(3);
        assertThat(new String(bytes, 2, 3, UTF_8)).isEqualTo(" bo");
        assertThat(in.available()).isEqualTo(5);
        assertThat(in.read(bytes, 0, 10)).isEqualTo(5);
        assertThat(new String(bytes, 0, 5, UTF_8)).isEqualTo("dy ü");
    }

    @Test
    void bytesAreNotNegative() {
        assertThat(new BodyInput(Buffer.buffer(new byte[]{-1})).read()).isEqualTo(255);
    }

    @Test
    void nothingIsWrittenBesideThePlaceForIt() {
        assertThat(in.read(new byte[4], 4, 0)).isZero();
        assertThatThrownBy(() -> in.read(new byte[4], 2, 3)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
