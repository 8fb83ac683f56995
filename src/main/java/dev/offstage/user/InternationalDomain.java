package dev.offstage.user;

import java.net.IDN;
import java.text.Normalizer;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Domains in ASCII, as IDNA 2008 has them (RFC 5891, UTS 46 without its transitional processing). {@link IDN} knows IDNA 2003, which
 * differs in four characters: it makes of {@code faß.de} the domain {@code fass.de}, which may have another owner. Labels with one of
 * the four are therefore encoded here (RFC 3492), all others there. A library for it, ICU4J, has 14 MB.
 */
final class InternationalDomain {

    private static final String SHARP_S = "\u00DF\u1E9E";
    private static final String FINAL_SIGMA = "\u03C2";
    private static final char NON_JOINER = 0x200C;
    private static final char JOINER = 0x200D;
    private static final Pattern DEVIATES = Pattern.compile("[" + SHARP_S + FINAL_SIGMA + NON_JOINER + JOINER + "]");
    private static final Pattern DOTS = Pattern.compile("[.\u3002\uFF0E\uFF61]");
    private static final Pattern LABEL = Pattern
            .compile("(?!-|.*-$|\\p{M})[\\p{L}\\p{M}\\p{Nd}\\-" + NON_JOINER + JOINER + "]+");
    /** Of the Arabic letters those that do not join the next one (RFC 5892 appendix A.1). */
    private static final String NOT_JOINING = "\u0621-\u0625\u0627\u0629\u062F-\u0632\u0648\u0671-\u0677\u0688-\u0699"
            + "\u06C0\u06C3-\u06CB\u06CD\u06CF\u06D2\u06D3\u06D5";
    private static final Pattern JOINS_BEFORE = Pattern
            .compile(".*[\\p{IsArabic}&&\\p{L}&&[^" + NOT_JOINING + "]]\\p{M}*");
    private static final Pattern JOINS_AFTER = Pattern.compile("\\p{M}*[\\p{IsArabic}&&\\p{L}&&[^\u0621\u0674]].*");
    private static final int LONGEST_LABEL = 63;

    private InternationalDomain() {
    }

    /** @throws IllegalArgumentException if it is no domain */
    static String toAscii(String domain) {
        return DOTS.splitAsStream(domain).anyMatch(label -> DEVIATES.matcher(label).find())
                ? Stream.of(DOTS.split(domain, -1)).map(InternationalDomain::label).collect(Collectors.joining("."))
                : usual(domain);
    }

    private static String usual(String domain) {
        return IDN.toASCII(domain, IDN.USE_STD3_ASCII_RULES | IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT);
    }

    private static String label(String written) {
        if (!DEVIATES.matcher(written).find()) {
            return usual(written);
        }
        // One by one: as a whole, a capital sigma at the end of a word would become a final one.
        String small = Normalizer.normalize(written.codePoints()
                .map(Character::toLowerCase)
                .mapToObj(Character::toString)
                .collect(Collectors.joining()), Normalizer.Form.NFKC);
        boolean fits = LABEL.matcher(small).matches()
                && IntStream.range(0, small.length()).allMatch(at -> mayStand(small, at));
        String ascii = fits ? "xn--" + punycode(small.codePoints().toArray()) : "";
        if (!fits || ascii.length() > LONGEST_LABEL) {
            throw new IllegalArgumentException("This is no label of a domain: " + written);
        }
        return ascii;
    }

    /** The rules CONTEXTJ of RFC 5892, appendices A.1 and A.2. */
    private static boolean mayStand(String label, int at) {
        char character = label.charAt(at);
        if (character != NON_JOINER && character != JOINER) {
            return true;
        }
        String before = label.substring(0, at);
        return !before.isEmpty() && isVirama(before.codePointBefore(at)) || character == NON_JOINER
                && JOINS_BEFORE.matcher(before).matches() && JOINS_AFTER.matcher(label.substring(at + 1)).matches();
    }

    /**
     * Whether it has the combining class 9, as the viramas have. Java does not say which class a character has, but normalises marks
     * into the order of their classes: it lets U+3099, of class 8, change places with a virama, and a virama with U+05B0, of class 10.
     */
    private static boolean isVirama(int character) {
        String mark = Character.toString(character);
        return isReordered(mark + '\u3099') && isReordered('\u05B0' + mark);
    }

    private static boolean isReordered(String marks) {
        return !Normalizer.normalize(marks, Normalizer.Form.NFD).equals(marks);
    }

    /** RFC 3492 section 6.3, with the parameters of section 5. */
    private static String punycode(int[] label) {
        StringBuilder encoded = new StringBuilder();
        IntStream.of(label).filter(character -> character < 0x80).forEach(encoded::appendCodePoint);
        int basic = encoded.length();
        if (basic > 0) {
            encoded.append('-');
        }
        int bias = 72;
        int delta = 0;
        int handled = basic;
        for (int last = 0x80; handled < label.length; last++) {
            int from = last;
            int next = IntStream.of(label).filter(character -> character >= from).min().orElseThrow();
            delta += (next - last) * (handled + 1);
            last = next;
            for (int character : label) {
                if (character < next) {
                    delta++;
                } else if (character == next) {
                    append(encoded, delta, bias);
                    bias = adapted(delta, handled + 1, handled == basic);
                    delta = 0;
                    handled++;
                }
            }
            delta++;
        }
        return encoded.toString();
    }

    private static void append(StringBuilder encoded, int delta, int bias) {
        int rest = delta;
        for (int k = 36;; k += 36) {
            int threshold = Math.max(1, Math.min(26, k - bias));
            if (rest < threshold) {
                break;
            }
            encoded.append(digit(threshold + (rest - threshold) % (36 - threshold)));
            rest = (rest - threshold) / (36 - threshold);
        }
        encoded.append(digit(rest));
    }

    private static char digit(int value) {
        return (char) (value < 26 ? 'a' + value : '0' + value - 26);
    }

    private static int adapted(int delta, int points, boolean first) {
        int rest = first ? delta / 700 : delta / 2;
        rest += rest / points;
        int k = 0;
        for (; rest > 35 * 26 / 2; k += 36) {
            rest /= 35;
        }
        return k + 36 * rest / (rest + 38);
    }
}
