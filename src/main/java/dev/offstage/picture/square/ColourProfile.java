package dev.offstage.picture.square;

import java.awt.color.ColorSpace;
import java.awt.color.ICC_ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.util.Optional;

import org.jboss.logging.Logger;

/** The colours of an ICC profile, of RGB or of grey. */
record ColourProfile(ICC_Profile profile) implements Colours {

    private static final Logger LOG = Logger.getLogger(ColourProfile.class);

    /**
     * @param grey has the picture shades of grey only? A profile of grey is of no use to another
     * @return empty if the profile is broken, or for other pictures; then browsers leave it aside, too
     */
    static Optional<Colours> of(byte[] data, boolean grey) {
        try {
            ICC_Profile profile = ICC_Profile.getInstance(data);
            int type = profile.getColorSpaceType();
            return type == ColorSpace.TYPE_RGB || grey && type == ColorSpace.TYPE_GRAY
                    ? Optional.of(new ColourProfile(profile))
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            LOG.debug("A picture's colour profile is broken: its colours are read as sRGB.", e);
            return Optional.empty();
        }
    }

    /** @return empty unless it is one of grey */
    static Optional<Colours> ofGrey(byte[] data) {
        return of(data, true).filter(
                colours -> ((ColourProfile) colours).profile.getColorSpaceType() == ColorSpace.TYPE_GRAY);
    }

    @Override
    public BufferedImage inSrgb(BufferedImage square) {
        return profile.getColorSpaceType() == ColorSpace.TYPE_GRAY ? shades(square) : Srgb.of(square, profile);
    }

    private BufferedImage shades(BufferedImage square) {
        ColorSpace space = new ICC_ColorSpace(profile);
        int[] shades = new int[256];
        for (int i = 0; i < shades.length; i++) {
            int shade = Math.round(space.toRGB(new float[]{i / 255f})[1] * 255);
            shades[i] = shade << 16 | shade << 8 | shade;
        }
        return Srgb.mapped(square, pixel -> shades[pixel >> 8 & 0xff]);
    }
}
