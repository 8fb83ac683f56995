package dev.offstage.task.notify;

import dev.offstage.outbound.Destination;

/**
 * How a user wants to be told.
 *
 * @param destination the web hook; null for mail
 */
public record Channel(ChannelKind kind, Destination destination) {

    /** What holds for users who chose none. */
    public static final Channel MAIL = new Channel(ChannelKind.MAIL, null);

    /** @throws IllegalArgumentException if a mail has a URL, or anything else has none */
    public Channel {
        if ((destination == null) != (kind == ChannelKind.MAIL)) {
            throw new IllegalArgumentException("Send a url with every channel but mail.");
        }
    }
}
