package dev.offstage.job.ledger;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.regex.Pattern;

/** What PostgreSQL and Kafka can hold as text, and a terminal can show. */
public final class Text {

    /** Escape sequences would change the terminal of a person who reads a log or a topic, and bidirectional marks the order of letters. */
    private static final Pattern STEERING = Pattern
            .compile("[\\p{Cc}\\x{202a}-\\x{202e}\\x{2066}-\\x{2069}&&[^\\n\\t]]");

    private Text() {
    }

    /**
     * What a stranger said, such as another server's reason for its refusal, without what cannot be stored or shown.
     *
     * @param longest in characters; what is longer ends with an ellipsis
     */
    public static String shown(String said, int longest) {
        String excerpt = said.length() <= longest ? said : said.substring(0, longest - 1) + "…";
        return STEERING.matcher(new String(excerpt.getBytes(UTF_8), UTF_8)).replaceAll(" ");
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
