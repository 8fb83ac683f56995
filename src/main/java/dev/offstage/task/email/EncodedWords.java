package dev.offstage.task.email;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Text in a header of a mail: as it is where that is short and printable ASCII, else in encoded words (RFC 2047) in base64, each
 * on a line of its own and holding whole characters. Line breaks and control characters become spaces.
 */
final class EncodedWords {

    private static final Pattern INVISIBLE = Pattern.compile("[\\p{Cc}\\u2028\\u2029]+");
    private static final Pattern PLAIN = Pattern.compile("(?!.*=\\?)[ -~]{0,60}");
    /** A line may have 76 characters, of which the name of the header and what surrounds a word take up to 24. */
    private static final int MOST_BYTES = 39;

    private EncodedWords() {
    }

    static String of(String text) {
        String visible = INVISIBLE.matcher(text).replaceAll(" ").strip();
        if (PLAIN.matcher(visible).matches()) {
            return visible;
        }
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        int bytes = 0;
        for (int character : visible.codePoints().toArray()) {
            int more = utf8(Character.toString(character)).length;
            if (bytes + more > MOST_BYTES) {
                words.add(encoded(word));
                word.setLength(0);
                bytes = 0;
            }
            word.appendCodePoint(character);
            bytes += more;
        }
        words.add(encoded(word));
        return String.join("\r\n ", words);
    }

    private static String encoded(StringBuilder word) {
        return "=?UTF-8?B?" + Base64.getEncoder().encodeToString(utf8(word.toString())) + "?=";
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
