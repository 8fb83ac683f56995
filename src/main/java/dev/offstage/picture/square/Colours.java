package dev.offstage.picture.square;

import java.awt.image.BufferedImage;

/** What the samples of a picture mean, where that is not sRGB. */
interface Colours {

    /**
     * The same square in sRGB.
     *
     * @throws java.awt.color.CMMException if a profile is of no use
     */
    BufferedImage inSrgb(BufferedImage square);
}
