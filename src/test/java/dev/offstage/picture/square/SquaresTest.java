package dev.offstage.picture.square;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.Color;
import java.awt.Point;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.zip.DeflaterOutputStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.offstage.picture.format.AvatarLimits;
import dev.offstage.picture.format.Pictures;
import dev.offstage.picture.format.UnreadableImage;
import dev.offstage.picture.square.Squares.Square;

import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

class SquaresTest {

    private static final AvatarLimits LIMITS = new AvatarLimits(50_000_000, 50_000_000, 500_000_000);
    private static final DecodingMemory MEMORY = new DecodingMemory(LIMITS, Duration.ofSeconds(1));

    @Test
    void threeSquaresOfTheMiddle() throws Exception {
        List<Square> squares = Squares.of(Pictures.file(rgb(1200, 600), "jpeg"), LIMITS, MEMORY);
        assertThat(squares).extracting(Square::size).containsExactly(512, 256, 64);
        assertThat(squares).extracting(Square::contentType).containsOnly("image/jpeg");
        for (Square square : squares) {
            assertQuarters(decoded(square), square.size(), "RGBW");
        }
    }

    @ParameterizedTest
    @CsvSource({"1,RGBW", "2,GRWB", "3,WBGR", "4,BWRG", "5,RBGW", "6,BRWG", "7,WGBR", "8,GWRB"})
    void everyOrientationIsSetUpright(int orientation, String quarters) throws Exception {
        byte[] jpeg = Pictures.withExif(Pictures.file(rgb(200, 150), "jpeg"), orientation);
        assertQuarters(decoded(Squares.of(jpeg, LIMITS, MEMORY).get(1)), 150, quarters);
        byte[] png = Pictures.withChunk(Pictures.file(rgb(200, 150), "png"), "eXIf", Pictures.exif(orientation));
        assertQuarters(decoded(Squares.of(png, LIMITS, MEMORY).get(1)), 150, quarters);
    }

    @ParameterizedTest
    @CsvSource({"100,80,80,80,64", "80,100,80,80,64", "512,512,512,256,64", "63,900,63,63,63", "1,1,1,1,1",
            "600,300,300,256,64"})
    void noneIsEnlarged(int width, int height, int large, int medium, int small) throws Exception {
        List<Square> squares = Squares.of(Pictures.file(rgb(width, height), "png"), LIMITS, MEMORY);
        assertThat(squares).extracting(square -> decoded(square).getWidth()).containsExactly(large, medium, small);
        assertThat(squares).extracting(square -> decoded(square).getHeight()).containsExactly(large, medium, small);
    }

    @Test
    void metadataStaysBehind() throws Exception {
        byte[] jpeg = Pictures.withExif(Pictures.file(rgb(200, 150), "jpeg"), 6);
        assertThat(text(jpeg)).contains("SECRETPLACE");
        for (Square square : Squares.of(jpeg, LIMITS, MEMORY)) {
            assertThat(text(square.content())).doesNotContain("SECRETPLACE", "Exif");
        }
        BufferedImage transparent = new BufferedImage(80, 80, BufferedImage.TYPE_INT_ARGB);
        byte[] png = Pictures.withChunk(Pictures.file(transparent, "png"), "eXIf", Pictures.exif(1));
        for (Square square : Squares.of(png, LIMITS, MEMORY)) {
            assertThat(square.contentType()).isEqualTo("image/png");
            assertThat(text(square.content())).doesNotContain("SECRETPLACE", "eXIf");
        }
    }

    @Test
    void transparencyIsKeptWhereThereIsAny() throws Exception {
        BufferedImage picture = new BufferedImage(600, 600, BufferedImage.TYPE_INT_ARGB);
        fill(picture, 0, 300, 0xffff0000);
        BufferedImage square = decoded(Squares.of(Pictures.file(picture, "png"), LIMITS, MEMORY).get(2));
        assertThat(square.getRGB(16, 32)).isEqualTo(0xffff0000);
        assertThat(square.getRGB(48, 32) >>> 24).isZero();
        fill(picture, 300, 600, 0xff00ff00);
        assertThat(Squares.of(Pictures.file(picture, "png"), LIMITS, MEMORY)).extracting(Square::contentType)
                .containsOnly("image/jpeg");
    }

    @Test
    void progressivePaletteAndGif() throws Exception {
        assertQuarters(decoded(Squares.of(Pictures.progressiveJpeg(rgb(300, 300)), LIMITS, MEMORY).get(1)), 256,
                "RGBW");
        BufferedImage palette = Pictures.quarters(300, 300, BufferedImage.TYPE_BYTE_INDEXED);
        assertQuarters(decoded(Squares.of(Pictures.file(palette, "png"), LIMITS, MEMORY).get(1)), 256, "RGBW");
        assertQuarters(decoded(Squares.of(Pictures.file(palette, "gif"), LIMITS, MEMORY).get(1)), 256, "RGBW");
    }

    @Test
    void anAnimationIsItsFirstFrame() throws Exception {
        BufferedImage second = new BufferedImage(90, 90, BufferedImage.TYPE_BYTE_INDEXED);
        ImageWriter writer = ImageIO.getImageWritersByFormatName("gif").next();
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try (ImageOutputStream output = ImageIO.createImageOutputStream(file)) {
            writer.setOutput(output);
            writer.prepareWriteSequence(null);
            writer.writeToSequence(new IIOImage(Pictures.quarters(90, 90, BufferedImage.TYPE_BYTE_INDEXED), null, null),
                    null);
            writer.writeToSequence(new IIOImage(second, null, null), null);
            writer.endWriteSequence();
        } finally {
            writer.dispose();
        }
        assertQuarters(decoded(Squares.of(file.toByteArray(), LIMITS, MEMORY).get(0)), 90, "RGBW");
    }

    @Test
    void webp() throws Exception {
        assertThat(decoded(Squares.of(Pictures.WEBP, LIMITS, MEMORY).get(0)).getWidth()).isEqualTo(1);
        assertThat(decoded(Squares.of(Pictures.WEBP_LOSSLESS, LIMITS, MEMORY).get(0)).getWidth()).isEqualTo(1);
    }

    @Test
    void greyKeepsItsBrightness() throws Exception {
        for (int type : new int[]{BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_USHORT_GRAY}) {
            BufferedImage grey = new BufferedImage(100, 100, type);
            int sample = type == BufferedImage.TYPE_BYTE_GRAY ? 128 : 128 * 257;
            int[] samples = new int[100 * 100];
            Arrays.fill(samples, sample);
            grey.getRaster().setPixels(0, 0, 100, 100, samples);
            assertThat(
                    new Color(decoded(Squares.of(Pictures.file(grey, "png"), LIMITS, MEMORY).get(2)).getRGB(32, 32))
                            .getGreen())
                    .isBetween(126, 130);
        }
        BufferedImage grey = new BufferedImage(100, 100, BufferedImage.TYPE_BYTE_GRAY);
        int[] samples = new int[100 * 100];
        Arrays.fill(samples, 128);
        grey.getRaster().setPixels(0, 0, 100, 100, samples);
        assertThat(new Color(decoded(Squares.of(Pictures.file(grey, "jpeg"), LIMITS, MEMORY).get(2)).getRGB(32, 32))
                .getGreen())
                .isBetween(126, 130);
    }

    @Test
    void sixteenBits() throws Exception {
        ComponentColorModel model = new ComponentColorModel(ColorSpace.getInstance(ColorSpace.CS_sRGB), true, false,
                Transparency.TRANSLUCENT, DataBuffer.TYPE_USHORT);
        WritableRaster raster = Raster.createInterleavedRaster(DataBuffer.TYPE_USHORT, 100, 100, 4, new Point());
        int[] samples = new int[100 * 100 * 4];
        for (int i = 0; i < samples.length; i += 4) {
            samples[i] = 200 * 257;
            samples[i + 2] = 50 * 257;
            samples[i + 3] = 65535;
        }
        raster.setPixels(0, 0, 100, 100, samples);
        byte[] png = Pictures.file(new BufferedImage(model, raster, false, null), "png");
        Square square = Squares.of(png, LIMITS, MEMORY).get(2);
        assertThat(square.contentType()).isEqualTo("image/jpeg");
        assertNear(decoded(square).getRGB(32, 32), 0xc80032);
    }

    @Test
    void cmyk() throws Exception {
        assertNear(decoded(Squares.of(cmykJpeg(100, 80), LIMITS, MEMORY).get(0)).getRGB(40, 40), 0xff0000);
    }

    @Test
    void aProfileInAPngIsApplied() throws Exception {
        ICC_Profile linear = ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB);
        ByteArrayOutputStream chunk = new ByteArrayOutputStream();
        chunk.write("linear\0\0".getBytes(StandardCharsets.ISO_8859_1));
        try (DeflaterOutputStream deflater = new DeflaterOutputStream(chunk)) {
            deflater.write(linear.getData());
        }
        BufferedImage picture = rgb(100, 100);
        fill(picture, 0, 100, 0xff373737);
        byte[] png = Pictures.withChunk(Pictures.file(picture, "png"), "iCCP", chunk.toByteArray());
        assertNear(decoded(Squares.of(png, LIMITS, MEMORY).get(2)).getRGB(32, 32), 0x808080);
    }

    @Test
    void aPictureOf48MegapixelsIsResized() throws Exception {
        byte[] jpeg = Pictures.file(Pictures.quarters(8000, 6000, BufferedImage.TYPE_BYTE_GRAY), "jpeg");
        assertThat(decoded(Squares.of(jpeg, LIMITS, MEMORY).get(0)).getWidth()).isEqualTo(512);
    }

    @Test
    void brokenPicturesSayWhatToDo() {
        byte[] png = Pictures.file(rgb(300, 300), "png");
        assertThatThrownBy(() -> Squares.of(Arrays.copyOf(png, png.length / 2), LIMITS, MEMORY))
                .isInstanceOf(UnreadableImage.class)
                .hasMessageContaining("Upload another one");
        assertThatThrownBy(() -> Squares.of(Pictures.pngClaiming(50_000, 50_000), LIMITS, MEMORY))
                .isInstanceOf(UnreadableImage.class)
                .hasMessageContaining("50000 × 50000");
        assertThatThrownBy(() -> Squares.of(Pictures.pngClaiming(100, 100), LIMITS, MEMORY))
                .isInstanceOf(UnreadableImage.class);
    }

    @Test
    void aJpegThatBreaksOffIsBroken() throws Exception {
        for (byte[] jpeg : List.of(Pictures.file(rgb(300, 300), "jpeg"), Pictures.progressiveJpeg(rgb(300, 300)),
                cmykJpeg(300, 300))) {
            for (int length : List.of(jpeg.length / 2, jpeg.length - 10, headersOf(jpeg))) {
                assertThatThrownBy(() -> Squares.of(Arrays.copyOf(jpeg, length), LIMITS, MEMORY)).as("%s bytes", length)
                        .isInstanceOf(UnreadableImage.class)
                        .hasMessageContaining("Upload another one");
            }
        }
    }

    @Test
    void aJpegMayHaveMoreBehindItsEndOrNoEndMarker() throws Exception {
        for (byte[] jpeg : List.of(Pictures.file(rgb(300, 300), "jpeg"), Pictures.progressiveJpeg(rgb(300, 300)))) {
            assertQuarters(decoded(Squares.of(Arrays.copyOf(jpeg, jpeg.length + 500), LIMITS, MEMORY).get(1)), 256,
                    "RGBW");
            assertQuarters(decoded(Squares.of(Arrays.copyOf(jpeg, jpeg.length - 2), LIMITS, MEMORY).get(1)), 256,
                    "RGBW");
        }
    }

    /** Up to and including the header of the first scan. */
    private static int headersOf(byte[] jpeg) {
        int at = 0;
        while ((jpeg[at] & 0xff) != 0xff || (jpeg[at + 1] & 0xff) != 0xda) {
            at++;
        }
        return at + 2 + ((jpeg[at + 2] & 0xff) << 8 | jpeg[at + 3] & 0xff);
    }

    private static BufferedImage rgb(int width, int height) {
        return Pictures.quarters(width, height, BufferedImage.TYPE_INT_RGB);
    }

    private static void fill(BufferedImage picture, int fromX, int toX, int colour) {
        for (int y = 0; y < picture.getHeight(); y++) {
            for (int x = fromX; x < toX; x++) {
                picture.setRGB(x, y, colour);
            }
        }
    }

    /** Samples as Adobe writes them: inverted, and marked by an APP14 segment. */
    private static byte[] cmykJpeg(int width, int height) throws IOException {
        WritableRaster raster = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, width, height, 4, new Point());
        int[] samples = new int[width * height * 4];
        for (int i = 0; i < samples.length; i += 4) {
            samples[i] = 255;
            samples[i + 3] = 255;
        }
        raster.setPixels(0, 0, width, height, samples);
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        try (ImageOutputStream output = ImageIO.createImageOutputStream(file)) {
            writer.setOutput(output);
            writer.write(null, new IIOImage(raster, null, null), null);
        } finally {
            writer.dispose();
        }
        byte[] jpeg = file.toByteArray();
        byte[] adobe = {(byte) 0xff, (byte) 0xee, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0};
        ByteArrayOutputStream marked = new ByteArrayOutputStream();
        marked.write(jpeg, 0, 2);
        marked.write(adobe);
        marked.write(jpeg, 2, jpeg.length - 2);
        return marked.toByteArray();
    }

    private static void assertQuarters(BufferedImage picture, int side, String expected) {
        assertThat(picture.getWidth()).isEqualTo(side);
        assertThat(picture.getHeight()).isEqualTo(side);
        int near = side / 4;
        int far = side * 3 / 4;
        int[] found = {picture.getRGB(near, near), picture.getRGB(far, near), picture.getRGB(near, far),
                picture.getRGB(far, far)};
        for (int i = 0; i < 4; i++) {
            assertNear(found[i], switch (expected.charAt(i)) {
                case 'R' -> 0xff0000;
                case 'G' -> 0x00ff00;
                case 'B' -> 0x0000ff;
                default -> 0xffffff;
            });
        }
    }

    private static void assertNear(int found, int expected) {
        Color a = new Color(found);
        Color b = new Color(expected);
        assertThat(List.of(Math.abs(a.getRed() - b.getRed()), Math.abs(a.getGreen() - b.getGreen()),
                Math.abs(a.getBlue() - b.getBlue()))).as("%06x for %06x", found & 0xffffff, expected)
                .allMatch(difference -> difference < 24);
    }

    private static BufferedImage decoded(Square square) {
        try {
            return ImageIO.read(new ByteArrayInputStream(square.content()));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String text(byte[] file) {
        return new String(file, StandardCharsets.ISO_8859_1);
    }
}
