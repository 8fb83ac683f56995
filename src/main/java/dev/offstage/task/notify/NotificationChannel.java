package dev.offstage.task.notify;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

import io.quarkus.hibernate.orm.panache.PanacheEntityBase;
import io.quarkus.panache.common.Sort;

import com.github.f4b6a3.uuid.UuidCreator;

import dev.offstage.outbound.Destination;

/** A channel that a user chose. It keeps its id for as long as the user keeps it, since deliveries name it. */
@Entity
@Table(name = "notification_channel")
public class NotificationChannel extends PanacheEntityBase {

    /** UUID version 7, given by us. */
    @Id
    public UUID id;

    @Column(name = "user_id")
    public UUID userId;

    /** Its place in the user's list, from 0. */
    public int position;

    /** The label of a {@link ChannelKind}. */
    public String kind;

    /** Null for mail. */
    public String url;

    /** For Hibernate. */
    protected NotificationChannel() {
    }

    private NotificationChannel(UUID userId, Channel channel) {
        this.id = UuidCreator.getTimeOrderedEpoch();
        this.userId = userId;
        this.kind = channel.kind().label();
        this.url = url(channel);
    }

    public Channel channel() {
        return new Channel(ChannelKind.of(kind).orElseThrow(), url == null ? null : Destination.of(url));
    }

    private boolean is(Channel channel) {
        return kind.equals(channel.kind().label()) && (url == null || url.equals(url(channel)));
    }

    private static String url(Channel channel) {
        return channel.destination() == null ? null : channel.destination().url().toString();
    }

    /** In the order that the user chose; empty if the user chose none. */
    public static List<NotificationChannel> of(UUID user) {
        return list("userId", Sort.by("position"), user);
    }

    /** Makes these the user's channels, in the running transaction. The caller has locked the user's row. */
    public static void replace(UUID user, List<Channel> channels) {
        List<NotificationChannel> before = new ArrayList<>(of(user));
        for (int position = 0; position < channels.size(); position++) {
            Channel channel = channels.get(position);
            NotificationChannel kept = before.stream().filter(known -> known.is(channel)).findFirst().orElse(null);
            if (kept == null) {
                kept = new NotificationChannel(user, channel);
                kept.persist();
            } else {
                before.remove(kept);
            }
            kept.position = position;
        }
        before.forEach(NotificationChannel::delete);
    }
}
