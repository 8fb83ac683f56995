package dev.offstage.task.notify;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Several notifications in one message.
 *
 * @param title that of the only one, or how many there are
 * @param text one after another
 */
record Digest(String title, String text) {

    /** What a message holds at most, but for one that is longer alone. Slack cuts messages at 40,000, each & being five of them. */
    private static final int MOST_CHARACTERS = 8_000;

    /** As few messages as possible. */
    static List<Digest> of(List<Notification> notifications) {
        List<Digest> digests = new ArrayList<>();
        List<Notification> next = new ArrayList<>();
        int characters = 0;
        for (Notification notification : notifications) {
            int more = notification.title().length() + notification.text().length();
            if (!next.isEmpty() && characters + more > MOST_CHARACTERS) {
                digests.add(together(next));
                next.clear();
                characters = 0;
            }
            next.add(notification);
            characters += more;
        }
        if (!next.isEmpty()) {
            digests.add(together(next));
        }
        return digests;
    }

    private static Digest together(List<Notification> notifications) {
        if (notifications.size() == 1) {
            return new Digest(notifications.get(0).title(), notifications.get(0).text());
        }
        return new Digest(notifications.size() + " notifications",
                notifications.stream()
                        .map(notification -> notification.title() + "\n" + notification.text())
                        .collect(Collectors.joining("\n\n")));
    }
}
