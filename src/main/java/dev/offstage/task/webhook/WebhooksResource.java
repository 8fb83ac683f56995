package dev.offstage.task.webhook;

import java.net.URI;
import java.util.List;
import java.util.UUID;

import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;

import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestResponse;

import io.quarkus.panache.common.Sort;
import io.quarkus.security.identity.SecurityIdentity;

import dev.offstage.http.InvalidField;
import dev.offstage.http.Problem;
import dev.offstage.outbound.Destinations;

/** The web hooks: other systems that are told of events, as the Standard Webhooks specification has it. */
@Path("/webhooks")
@Produces(MediaType.APPLICATION_JSON)
public class WebhooksResource {

    private final WebhookOperations operations;
    private final Destinations destinations;
    private final Subscriptions subscriptions;

    WebhooksResource(WebhookOperations operations, Destinations destinations, Subscriptions subscriptions) {
        this.operations = operations;
        this.destinations = destinations;
        this.subscriptions = subscriptions;
    }

    @GET
    public List<WebhookView> list() {
        return Webhook.<Webhook>listAll(Sort.by("id")).stream().map(WebhookView::of).toList();
    }

    /** Subscribes a URL to events. The answer has the secret that deliveries are signed with, which is not shown again. */
    @POST
    public RestResponse<WebhookView> create(WebhookRequest request, @Context SecurityIdentity operator)
            throws InterruptedException {
        if (request == null) {
            throw new InvalidField("url", "Send a JSON object with url and events.");
        }
        WebhookRequest.Checked checked = request.check(destinations);
        if (Webhook.count() >= Webhook.MOST) {
            throw new WebApplicationException(Problem.of(409,
                    "There are " + Webhook.MOST + " web hooks already: delete one that is not needed.").response());
        }
        WebhookSecret secret = WebhookSecret.create();
        Webhook webhook = operations.create(checked.destination(), checked.events(), checked.owner(), secret,
                operator.getPrincipal().getName());
        subscriptions.refresh();
        return RestResponse.ResponseBuilder
                .create(RestResponse.Status.CREATED, WebhookView.withSecret(webhook, secret))
                .location(URI.create("/webhooks/" + webhook.id))
                .build();
    }

    @GET
    @Path("/{id}")
    public WebhookView get(@RestPath UUID id) {
        return WebhookView.of(existing(id, Webhook.findById(id)));
    }

    /** What is on its way to it is no longer sent. */
    @DELETE
    @Path("/{id}")
    public void delete(@RestPath UUID id, @Context SecurityIdentity operator) {
        existing(id, operations.delete(id, operator.getPrincipal().getName()));
        subscriptions.refresh();
    }

    /**
     * Gives it a new secret, which the answer has. Each one before it goes on to sign deliveries for 24 hours. Five sign at most;
     * one more rotation is answered with 409.
     */
    @POST
    @Path("/{id}/rotate")
    public WebhookView rotate(@RestPath UUID id, @Context SecurityIdentity operator) {
        WebhookSecret secret = WebhookSecret.create();
        try {
            return WebhookView.withSecret(
                    existing(id, operations.rotate(id, secret, operator.getPrincipal().getName())), secret);
        } catch (IllegalStateException e) {
            throw new WebApplicationException(Problem.of(409, e.getMessage()).response());
        }
    }

    /** Switches it on again, with all failures forgotten. */
    @POST
    @Path("/{id}/enable")
    public WebhookView enable(@RestPath UUID id, @Context SecurityIdentity operator) {
        Webhook webhook = existing(id, operations.enable(id, operator.getPrincipal().getName()));
        subscriptions.refresh();
        return WebhookView.of(webhook);
    }

    private static Webhook existing(UUID id, Webhook webhook) {
        if (webhook == null) {
            throw new NotFoundException("There is no web hook " + id + ".");
        }
        return webhook;
    }
}
