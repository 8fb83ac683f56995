package dev.offstage.testing;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.zip.CRC32;

import javax.imageio.ImageIO;

/** Pictures to sign up with. */
public final class Pictures {

    private Pictures() {
    }

    public static byte[] png(int width, int height) throws IOException {
        return encoded("png", width, height);
    }

    public static byte[] jpeg(int width, int height) throws IOException {
        return encoded("jpg", width, height);
    }

    private static byte[] encoded(String format, int width, int height) throws IOException {
        BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = picture.createGraphics();
        graphics.setPaint(new GradientPaint(0, 0, Color.ORANGE, width, height, Color.BLUE));
        graphics.fillRect(0, 0, width, height);
        graphics.dispose();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(picture, format, bytes);
        return bytes.toByteArray();
    }

    /** A PNG that says it is this large and then holds next to nothing. */
    public static byte[] pngHeader(int width, int height) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream png = new DataOutputStream(bytes);
        png.writeLong(0x89504E470D0A1A0AL);
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        DataOutputStream fields = new DataOutputStream(header);
        fields.writeBytes("IHDR");
        fields.writeInt(width);
        fields.writeInt(height);
        fields.write(new byte[]{8, 2, 0, 0, 0});
        png.writeInt(header.size() - 4);
        png.write(header.toByteArray());
        png.writeInt(checksum(header.toByteArray()));
        png.writeInt(0);
        png.writeBytes("IDAT");
        png.writeInt(checksum("IDAT".getBytes()));
        return bytes.toByteArray();
    }

    private static int checksum(byte[] chunk) {
        CRC32 checksum = new CRC32();
        checksum.update(chunk);
        return (int) checksum.getValue();
    }
}
