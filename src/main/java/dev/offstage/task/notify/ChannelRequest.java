package dev.offstage.task.notify;

import java.io.IOException;

import com.fasterxml.jackson.annotation.JsonInclude;

import dev.offstage.http.InvalidField;
import dev.offstage.outbound.Destinations;
import dev.offstage.outbound.RefusedAddress;

/**
 * A channel that a user wants to be told through.
 *
 * @param kind such as mail
 * @param url of the web hook; null for mail
 */
public record ChannelRequest(String kind, @JsonInclude(JsonInclude.Include.NON_NULL) String url) {

    static ChannelRequest of(Channel channel) {
        return new ChannelRequest(channel.kind().label(),
                channel.destination() == null ? null : channel.destination().url().toString());
    }

    /**
     * @param prefix of the fields' names in errors
     * @throws InvalidField if a field is not valid
     */
    Channel check(Destinations destinations, String prefix) throws InterruptedException {
        ChannelKind known = ChannelKind.of(kind)
                .orElseThrow(() -> new InvalidField(prefix + "kind",
                        "There is no channel " + kind + "; there are " + ChannelKind.labels() + "."));
        if (known == ChannelKind.MAIL) {
            if (url != null) {
                throw new InvalidField(prefix + "url", "Mail goes to the user's address: leave the url out.");
            }
            return Channel.MAIL;
        }
        try {
            return new Channel(known, destinations.check(url));
        } catch (IllegalArgumentException | RefusedAddress | IOException e) {
            throw new InvalidField(prefix + "url", e.getMessage());
        }
    }
}
