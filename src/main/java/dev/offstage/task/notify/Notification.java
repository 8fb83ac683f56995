package dev.offstage.task.notify;

import java.util.UUID;

/**
 * Something that a user is to be told.
 *
 * @param id of the job that brought it
 * @param title one line
 * @param text plain, of any number of lines
 */
public record Notification(UUID id, String title, String text) {

    public static final int LONGEST_TITLE = 200;
    public static final int LONGEST_TEXT = 4_000;

    /** @throws IllegalArgumentException as {@link #check} does */
    public Notification {
        check(title, text);
    }

    /** @throws IllegalArgumentException if one is missing, empty or too long; the message says what to change */
    public static void check(String title, String text) {
        if (title == null || title.isBlank() || title.length() > LONGEST_TITLE) {
            throw new IllegalArgumentException(
                    "The title must be a text of 1 to " + LONGEST_TITLE + " characters: change it.");
        }
        if (text == null || text.length() > LONGEST_TEXT) {
            throw new IllegalArgumentException(
                    "The text must be there and have at most " + LONGEST_TEXT + " characters: change it.");
        }
    }
}
