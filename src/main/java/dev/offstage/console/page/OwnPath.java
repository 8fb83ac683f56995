package dev.offstage.console.page;

import java.util.regex.Pattern;

/** Links that lead to this site. */
final class OwnPath {

    /** Browsers take a backslash for a slash, and leave out tabs and line breaks: two slashes lead to another site. */
    private static final Pattern PATH = Pattern.compile("/(?:[!-.0-\\[\\]-~][!-\\[\\]-~]*)?");

    private OwnPath() {
    }

    static boolean isOne(String link) {
        return PATH.matcher(link).matches();
    }
}
