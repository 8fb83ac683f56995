package dev.offstage.signup;

import java.text.Normalizer;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Tells whether a text holds what a mail program, or a person, takes for a web or mail address: what strangers write is mailed
 * to strangers, in our name. In doubt it says yes: a harmless name may be refused, but no link must be sent. For example,
 * {@code J.R.R. Tolkien}, {@code Dr.Ada Lovelace} and {@code St.John} hold none.
 */
final class WebAddress {

    /** Of the many top-level domains those that are common in links; others are links only with a scheme or a path. */
    private static final String COMMON = "com|net|org|info|biz|io|co|app|dev|me|xyz|online|site|shop|store|club|top|live|link|click"
            + "|eu|de|uk|us|fr|nl|it|es|pl|ru|cn|in|br|au|ca|ch|at|jp|tk|ml|ga|cf|gq|cc|tv|ly|gl|gd|to|ai|example|test";

    private static final Pattern IS_ONE = Pattern.compile(String.join("|",
            "//|\\\\\\\\", // of whatever scheme, or of none
            "@", // of mail
            "\\b(?:https?|ftp|mailto|tel|sms|javascript|data|file)\\s*:", // without slashes
            "\\bwww\\d*\\s*\\.", //
            "[\\p{L}\\p{N}-]\\.[\\p{L}]{2,}[/?#:]\\S", // a domain with something behind it
            "[\\p{L}\\p{N}-]{2,}\\.(?:" + COMMON + ")(?![\\p{L}\\p{N}])", // a domain alone
            "\\bxn--", //
            "\\b\\d{1,3}(?:\\.\\d{1,3}){3}\\b")); // an address of IPv4

    /** Full stops that browsers, and UTS 46, take for one. */
    private static final Pattern STOPS = Pattern.compile("[\\u3002\\uFF0E\\uFF61\\u2024]");
    /** Slashes that look like one. */
    private static final Pattern SLASHES = Pattern.compile("[\\u2044\\u2215\\u29F8\\uFF0F]");

    private WebAddress() {
    }

    /** Also where it is written in letters that only look like those, or with joiners in it that nobody sees. */
    static boolean isIn(String text) {
        String plain = STOPS.matcher(text.replaceAll("[\\u200C\\u200D]", "")).replaceAll(".");
        plain = Normalizer.normalize(SLASHES.matcher(plain).replaceAll("/"), Normalizer.Form.NFKC);
        return IS_ONE.matcher(plain.toLowerCase(Locale.ROOT)).find();
    }
}
