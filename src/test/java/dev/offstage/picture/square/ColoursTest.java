package dev.offstage.picture.square;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.DeflaterOutputStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.offstage.picture.format.AvatarLimits;
import dev.offstage.picture.format.Pictures;
import dev.offstage.picture.square.Squares.Square;

import javax.imageio.ImageIO;

/** The colours that Chromium 150 shows for the same files, read from its screenshots; two off is the same to an eye, and to JPEG. */
class ColoursTest {

    private static final AvatarLimits LIMITS = new AvatarLimits(50_000_000, 50_000_000, 500_000_000);
    private static final String P3 = "00007a2600008084000109a000007d000000678400010d8800003a9800001770";

    @ParameterizedTest
    @CsvSource({"gamma-1.0-grey-55.png,128,128,128", "cicp-display-p3.png,255,0,0", "grey-with-icc.jpg,145,145,145"})
    void filesOfOthers(String file, int red, int green, int blue) throws Exception {
        for (Square square : squares(HostilePictures.resource(file))) {
            assertColour(square, red, green, blue);
        }
    }

    /** Chunks are their four letters and hexadecimal data, with a plus between two; the pixels are 200, 100, 50. */
    @ParameterizedTest
    @CsvSource({"gAMA 000186a0,229,168,122", "gAMA 0000b18f,200,100,50", "gAMA 0000c350,206,109,55",
            "gAMA 0000d904,210,119,65", "gAMA 00007530,178,59,14", "gAMA 00000000,200,100,50",
            "sRGB 00+gAMA 000186a0,200,100,50", "cHRM P3,200,100,50", "gAMA 0000b18f+cHRM P3,216,93,24",
            "gAMA 000186a0+cHRM P3,240,165,114", "cICP 010d0001,200,100,50", "cICP 090d0001,241,76,29",
            "cICP 01010001,197,91,39", "cICP 090e0001,239,63,5", "cICP 01080001,229,168,122",
            "cICP 01040001,201,100,46", "cICP 0c0d0001+gAMA 000186a0,215,93,31", "cICP 010d0000,200,100,50",
            "gAMA 0000b18f+cHRM " + "0000000000000000000000000000000000000000000000000000000000000000,200,100,50"})
    void chunksOfPng(String chunks, int red, int green, int blue) throws Exception {
        byte[] png = plain(BufferedImage.TYPE_INT_RGB, 0xc86432);
        List<String> backwards = List.of(chunks.split("\\+"));
        for (int i = backwards.size() - 1; i >= 0; i--) {
            String[] chunk = backwards.get(i).split(" ");
            png = Pictures.withChunk(png, chunk[0], HexFormat.of().parseHex(chunk[1].equals("P3") ? P3 : chunk[1]));
        }
        assertColour(squares(png).get(2), red, green, blue);
    }

    @Test
    void gammaCountsForEachKindOfPng() throws Exception {
        byte[] linear = {0, 1, (byte) 0x86, (byte) 0xa0};
        byte[] palette = plain(BufferedImage.TYPE_BYTE_INDEXED, 0x333333);
        assertColour(squares(Pictures.withChunk(palette, "gAMA", linear)).get(2), 124, 124, 124);
        BufferedImage deep = new BufferedImage(96, 96, BufferedImage.TYPE_USHORT_GRAY);
        short[] samples = new short[96 * 96];
        Arrays.fill(samples, (short) (55 << 8 | 200));
        deep.getRaster().setDataElements(0, 0, 96, 96, samples);
        assertColour(squares(Pictures.withChunk(Pictures.file(deep, "png"), "gAMA", linear)).get(2), 128, 128, 128);
        byte[] transparent = plain(BufferedImage.TYPE_INT_ARGB, 0x80c86432);
        Square square = squares(Pictures.withChunk(transparent, "gAMA", linear)).get(2);
        assertColour(square, 229, 168, 122);
        assertThat(picture(square).getRGB(32, 32) >>> 24).isEqualTo(0x80);
    }

    @Test
    void aProfileOfGreyCountsForGreyAlone() throws Exception {
        byte[] profile = profileOfGrey();
        BufferedImage grey = new BufferedImage(96, 96, BufferedImage.TYPE_BYTE_GRAY);
        byte[] samples = new byte[96 * 96];
        Arrays.fill(samples, (byte) 0x7f);
        grey.getRaster().setDataElements(0, 0, 96, 96, samples);
        byte[] png = Pictures.withChunk(Pictures.file(grey, "png"), "iCCP", compressed(profile));
        assertColour(squares(png).get(2), 145, 145, 145);
        assertColour(squares(Pictures.withChunk(png, "cICP", new byte[]{1, 13, 0, 1})).get(2), 127, 127, 127);
        byte[] colours = Pictures.withChunk(plain(BufferedImage.TYPE_INT_RGB, 0xc86432), "iCCP", compressed(profile));
        assertColour(squares(colours).get(2), 200, 100, 50);
    }

    @Test
    void aWebpWithAProfileOfGreyIsReadWithoutIt() throws Exception {
        byte[] webp = HostilePictures.resource("lossy-with-alpha.webp");
        byte[] profile = profileOfGrey();
        int padded = profile.length + (profile.length & 1);
        ByteBuffer file = ByteBuffer.allocate(webp.length + 8 + padded).order(ByteOrder.LITTLE_ENDIAN);
        file.put(webp, 0, 30).put("ICCP".getBytes(StandardCharsets.ISO_8859_1)).putInt(profile.length).put(profile);
        file.position(38 + padded).put(webp, 30, webp.length - 30);
        file.putInt(4, file.capacity() - 8).put(20, (byte) (webp[20] | 0x20));

        assertThat(squares(file.array())).hasSize(3);
    }

    /** 96 × 96 pixels in the lower right corner of 192 × 192. */
    @Test
    void theFirstFrameOfAnAnimatedWebpStandsOnItsCanvas() throws Exception {
        Square largest = squares(HostilePictures.resource("animated-first-frame-offset.webp")).get(0);

        BufferedImage picture = picture(largest);
        assertThat(List.of(picture.getWidth(), picture.getHeight())).containsExactly(192, 192);
        assertThat(picture.getRGB(20, 20) >>> 24).isZero();
        assertThat(picture.getRGB(95, 150) >>> 24).isZero();
        assertThat(picture.getRGB(96, 96)).isEqualTo(0xffff0000);
        assertThat(picture.getRGB(191, 191)).isEqualTo(0xffffff00);
    }

    private static byte[] profileOfGrey() throws Exception {
        byte[] jpeg = HostilePictures.resource("grey-with-icc.jpg");
        int at = new String(jpeg, StandardCharsets.ISO_8859_1).indexOf("ICC_PROFILE");
        int length = (jpeg[at - 2] & 0xff) << 8 | jpeg[at - 1] & 0xff;
        return ICC_Profile.getInstance(Arrays.copyOfRange(jpeg, at + 14, at - 2 + length)).getData();
    }

    private static byte[] compressed(byte[] profile) throws Exception {
        ByteArrayOutputStream chunk = new ByteArrayOutputStream();
        chunk.writeBytes(new byte[]{'x', 0, 0});
        try (DeflaterOutputStream deflated = new DeflaterOutputStream(chunk)) {
            deflated.write(profile);
        }
        return chunk.toByteArray();
    }

    private static byte[] plain(int type, int colour) {
        BufferedImage picture = new BufferedImage(96, 96, type);
        for (int i = 0; i < 96 * 96; i++) {
            picture.setRGB(i % 96, i / 96, type == BufferedImage.TYPE_INT_ARGB ? colour : colour | 0xff000000);
        }
        return Pictures.file(picture, "png");
    }

    private static List<Square> squares(byte[] file) throws Exception {
        return Squares.of(file, LIMITS, new DecodingMemory(LIMITS, Duration.ofSeconds(1)));
    }

    private static BufferedImage picture(Square square) throws Exception {
        return ImageIO.read(new ByteArrayInputStream(square.content()));
    }

    private static void assertColour(Square square, int red, int green, int blue) throws Exception {
        BufferedImage picture = picture(square);
        int middle = picture.getRGB(picture.getWidth() / 2, picture.getHeight() / 2);
        assertThat(middle >> 16 & 0xff).as("red").isCloseTo(red, within(2));
        assertThat(middle >> 8 & 0xff).as("green").isCloseTo(green, within(2));
        assertThat(middle & 0xff).as("blue").isCloseTo(blue, within(2));
    }
}
