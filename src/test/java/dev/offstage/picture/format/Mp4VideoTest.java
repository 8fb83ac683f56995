package dev.offstage.picture.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.util.Arrays;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class Mp4VideoTest {

    private static byte[] mp4;

    @BeforeAll
    static void film() {
        BufferedImage picture = Pictures.quarters(64, 48, BufferedImage.TYPE_INT_RGB);
        mp4 = MovingPictures.mp4(picture, picture);
    }

    @Test
    void sizeAndCost() throws Exception {
        assertThat(read(mp4)).isEqualTo(new Mp4Video(64, 48));
        assertThat(new Mp4Video(3840, 2160).cost().bytes()).isGreaterThan(read(mp4).cost().bytes());
    }

    @Test
    void otherCodecsAndFilesWithoutVideoAreNamed() {
        assertThatThrownBy(() -> read(MovingPictures.renamed(mp4, "avc1", "hvc1"))).isInstanceOf(UnreadableImage.class)
                .hasMessageContaining("not in H.264, but in hvc1");
        assertThatThrownBy(() -> read(MovingPictures.renamed(mp4, "vide", "soun"))).isInstanceOf(UnreadableImage.class)
                .hasMessageContaining("no video");
    }

    @Test
    void anEnormousVideoIsRefused() {
        byte[] file = mp4.clone();
        ByteBuffer.wrap(file).putShort(MovingPictures.find(file, "avc1") + 4 + 24, (short) 0xffff);
        ByteBuffer.wrap(file).putShort(MovingPictures.find(file, "avc1") + 4 + 26, (short) 0xffff);
        assertThatThrownBy(() -> read(file)).isInstanceOf(UnreadableImage.class).hasMessageContaining("65535 × 65535");
    }

    @Test
    void whereverItIsCutItIsRefused() {
        for (int length = 12; length < mp4.length; length++) {
            byte[] cut = Arrays.copyOf(mp4, length);
            assertThatThrownBy(() -> read(cut)).isInstanceOf(UnreadableImage.class);
        }
    }

    private static Mp4Video read(byte[] file) throws UnreadableImage {
        return Mp4Video.read(ByteBuffer.wrap(file));
    }
}
