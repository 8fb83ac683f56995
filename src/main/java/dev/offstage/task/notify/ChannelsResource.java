package dev.offstage.task.notify;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;

import org.jboss.resteasy.reactive.RestPath;

import io.quarkus.security.identity.SecurityIdentity;

import dev.offstage.http.InvalidField;
import dev.offstage.outbound.Destinations;
import dev.offstage.user.AppUser;

/** Through which channels a user is told. */
@Path("/users/{id}/channels")
@Produces(MediaType.APPLICATION_JSON)
public class ChannelsResource {

    private static final int MOST_CHANNELS = 5;

    private final ChannelOperations operations;
    private final Destinations destinations;

    ChannelsResource(ChannelOperations operations, Destinations destinations) {
        this.operations = operations;
        this.destinations = destinations;
    }

    /** Mail if the user chose none. */
    @GET
    public List<ChannelRequest> get(@RestPath UUID id) {
        if (AppUser.findById(id) == null) {
            throw noSuchUser(id);
        }
        List<NotificationChannel> chosen = NotificationChannel.of(id);
        return chosen.isEmpty()
                ? List.of(ChannelRequest.of(Channel.MAIL))
                : chosen.stream().map(NotificationChannel::channel).map(ChannelRequest::of).toList();
    }

    /** Replaces them all. What is on its way to one that is left out is no longer sent. */
    @PUT
    public List<ChannelRequest> put(@RestPath UUID id, List<ChannelRequest> requests,
            @Context SecurityIdentity operator) throws InterruptedException {
        if (requests == null || requests.isEmpty() || requests.size() > MOST_CHANNELS || requests.contains(null)) {
            throw new InvalidField("channels", "Send a list of 1 to " + MOST_CHANNELS
                    + " channels, such as [{\"kind\":\"mail\"}].");
        }
        List<Channel> channels = new ArrayList<>();
        for (ChannelRequest request : requests) {
            channels.add(request.check(destinations, "[" + channels.size() + "]."));
        }
        if (channels.stream().distinct().count() < channels.size()) {
            throw new InvalidField("channels", "The same channel is there twice: remove one.");
        }
        if (!operations.replace(id, channels, operator.getPrincipal().getName())) {
            throw noSuchUser(id);
        }
        return get(id);
    }

    private static NotFoundException noSuchUser(UUID id) {
        return new NotFoundException("There is no user " + id + ".");
    }
}
