package dev.offstage.picture.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Mp4VideoTest {

    private static final byte[] MP4 = MovingPictures.mp4(Pictures.quarters(64, 48, BufferedImage.TYPE_INT_RGB),
            Pictures.quarters(64, 48, BufferedImage.TYPE_INT_RGB));

    private static final int MANY = 2_000_000_000;

    @Test
    void sizeAndKeyFrames() throws Exception {
        Mp4Video video = read(MP4);
        assertThat(video.width()).isEqualTo(64);
        assertThat(video.height()).isEqualTo(48);
        assertThat(video.orientation()).isEqualTo(1);
        assertThat(video.keyFrames()).isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource({"1,0,0,1,1", "-1,0,0,1,2", "-1,0,0,-1,3", "1,0,0,-1,4", "0,1,1,0,5", "0,1,-1,0,6", "0,-1,-1,0,7",
            "0,-1,1,0,8", "1,1,0,1,1"})
    void theMatrixIsAnOrientation(int a, int b, int c, int d, int orientation) throws Exception {
        assertThat(read(MovingPictures.turned(MP4, a, b, c, d)).orientation()).isEqualTo(orientation);
    }

    @Test
    void otherCodecsAndFilesWithoutVideoAreNamed() {
        assertThatThrownBy(() -> read(MovingPictures.renamed(MP4, "avc1", "hvc1"))).isInstanceOf(UnreadableImage.class)
                .hasMessageContaining("not in H.264, but in hvc1");
        assertThatThrownBy(() -> read(MovingPictures.renamed(MP4, "vide", "soun"))).isInstanceOf(UnreadableImage.class)
                .hasMessageContaining("no video");
    }

    /** Tables that claim to be endless, and places beyond the file. */
    @ParameterizedTest
    @ValueSource(strings = {"stsz", "stsc", "co64", "stss"})
    void endlessTablesAreRefused(String table) {
        byte[] file = MP4.clone();
        int count = MovingPictures.find(file, table) + 4 + (table.equals("stsz") ? 8 : 4);
        for (int claimed : new int[]{Integer.MAX_VALUE, -1, 1 << 29}) {
            ByteBuffer.wrap(file).putInt(count, claimed);
            assertThatThrownBy(() -> read(file)).isInstanceOf(UnreadableImage.class);
        }
    }

    /** Samples of one size need no table, so there can be two thousand million in a chunk: none of them is counted one by one. */
    @Test
    void aKeyFrameFarBehindIsFoundAtOnce() {
        byte[] file = MP4.clone();
        ByteBuffer boxes = ByteBuffer.wrap(file);
        boxes.putInt(MovingPictures.find(file, "stsz") + 8, 1).putInt(MovingPictures.find(file, "stsz") + 12, MANY);
        boxes.putInt(MovingPictures.find(file, "stsc") + 4 + 8 + 4, MANY);
        boxes.putInt(MovingPictures.find(file, "stss") + 4 + 8, MANY);

        assertTimeoutPreemptively(Duration.ofMillis(500),
                () -> assertThatThrownBy(() -> read(file)).isInstanceOf(UnreadableImage.class));
    }

    @Test
    void anEnormousVideoIsRefused() {
        byte[] file = MP4.clone();
        ByteBuffer.wrap(file).putShort(MovingPictures.find(file, "avc1") + 4 + 24, (short) 0xffff);
        ByteBuffer.wrap(file).putShort(MovingPictures.find(file, "avc1") + 4 + 26, (short) 0xffff);
        assertThatThrownBy(() -> read(file)).isInstanceOf(UnreadableImage.class).hasMessageContaining("65535 × 65535");
    }

    @Test
    void whereverItIsCutItIsRefused() {
        for (int length = 12; length < MP4.length; length++) {
            byte[] cut = Arrays.copyOf(MP4, length);
            assertThatThrownBy(() -> read(cut)).isInstanceOf(UnreadableImage.class);
        }
    }

    private static Mp4Video read(byte[] mp4) throws UnreadableImage {
        return Mp4Video.read(ByteBuffer.wrap(mp4));
    }
}
