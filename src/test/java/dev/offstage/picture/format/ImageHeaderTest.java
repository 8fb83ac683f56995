package dev.offstage.picture.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageHeaderTest {

    private static final long LIMIT = 50_000_000;
    private static final BufferedImage PICTURE = Pictures.quarters(30, 20, BufferedImage.TYPE_INT_RGB);

    @ParameterizedTest
    @ValueSource(strings = {"jpeg", "png", "gif"})
    void formatAndDimensions(String format) throws UnreadableImage {
        assertThat(ImageHeader.read(Pictures.file(PICTURE, format), LIMIT))
                .isEqualTo(new ImageHeader("image/" + format, 30, 20));
    }

    @Test
    void webpAndProgressiveJpeg() throws UnreadableImage {
        assertThat(ImageHeader.read(Pictures.WEBP, LIMIT)).isEqualTo(new ImageHeader("image/webp", 1, 1));
        assertThat(ImageHeader.read(Pictures.WEBP_LOSSLESS, LIMIT)).isEqualTo(new ImageHeader("image/webp", 1, 1));
        assertThat(ImageHeader.read(Pictures.progressiveJpeg(PICTURE), LIMIT))
                .isEqualTo(new ImageHeader("image/jpeg", 30, 20));
    }

    @Test
    void theBeginningIsEnough() throws UnreadableImage {
        byte[] png = Pictures.file(Pictures.quarters(300, 200, BufferedImage.TYPE_INT_RGB), "png");
        assertThat(ImageHeader.read(Arrays.copyOf(png, 64), LIMIT)).isEqualTo(new ImageHeader("image/png", 300, 200));
    }

    @Test
    void aBombIsRefusedFromItsHeader() {
        byte[] bomb = Pictures.pngClaiming(50_000, 50_000);
        assertThat(bomb).hasSizeLessThan(5_000);
        assertThatThrownBy(() -> ImageHeader.read(bomb, LIMIT)).isInstanceOf(UnreadableImage.class)
                .hasMessageContaining("50000 × 50000")
                .hasMessageContaining("50000000 pixels");
    }

    @Test
    void theLimitItselfIsAllowed() throws UnreadableImage {
        assertThat(ImageHeader.read(Pictures.file(PICTURE, "png"), 600).width()).isEqualTo(30);
        assertThatThrownBy(() -> ImageHeader.read(Pictures.file(PICTURE, "png"), 599))
                .isInstanceOf(UnreadableImage.class);
    }

    static Stream<byte[]> noPictures() {
        return Stream.of(new byte[0], new byte[]{(byte) 0xff}, "<svg/>".getBytes(StandardCharsets.UTF_8),
                "BM and so on".getBytes(StandardCharsets.UTF_8), "RIFFxxxxWAVEfmt ".getBytes(StandardCharsets.UTF_8),
                Arrays.copyOf(Pictures.file(PICTURE, "jpeg"), 20), Arrays.copyOf(Pictures.file(PICTURE, "png"), 20),
                Arrays.copyOf(Pictures.file(PICTURE, "gif"), 8), Arrays.copyOf(Pictures.WEBP, 16),
                Pictures.pngClaiming(0, 10), Pictures.pngClaiming(-1, 10));
    }

    @ParameterizedTest
    @MethodSource("noPictures")
    void refused(byte[] file) {
        assertThatThrownBy(() -> ImageHeader.read(file, LIMIT)).isInstanceOf(UnreadableImage.class)
                .hasMessageContaining("JPEG, PNG, GIF or WebP");
    }
}
