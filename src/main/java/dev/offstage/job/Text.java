package dev.offstage.job;

/** What PostgreSQL and Kafka can hold as text. */
public final class Text {

    private Text() {
    }

    /** False if half a surrogate pair stands alone, which JSON can spell and UTF-8 cannot. */
    public static boolean isWellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isHighSurrogate(text.charAt(i)) && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }
}
