package dev.offstage.signup;

import java.util.Optional;
import java.util.Set;
import java.util.UUID;

import jakarta.annotation.security.PermitAll;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.CacheControl;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.Request;
import jakarta.ws.rs.core.Response;

import dev.offstage.user.Avatar;

/** The pictures of users, for everyone. */
@Path("/users/{id}/avatar/{size}")
@PermitAll
public class AvatarResource {

    private static final Set<String> SIZES = Set.of("64", "256", "512");
    private static final int MAX_AGE_SECONDS = 300;

    /**
     * @param id of the user
     * @param size the side of the square in pixels: 64, 256 or 512; a smaller original makes a smaller square
     * @param still the poster, also where there is an animation
     * @throws NotFoundException if there is no such user, size, or picture yet
     */
    @GET
    public Response avatar(@PathParam("id") String id, @PathParam("size") String size,
            @QueryParam("still") boolean still, @Context Request request) {
        Avatar avatar = userId(id)
                .filter(userId -> SIZES.contains(size))
                .flatMap(userId -> Avatar.find(userId, Integer.parseInt(size), still))
                .orElseThrow(() -> new NotFoundException("There is no such picture. It may be in the making: try again"
                        + " in a few seconds. The sizes are 64, 256 and 512."));
        EntityTag tag = new EntityTag(avatar.etag);
        Response.ResponseBuilder unchanged = request.evaluatePreconditions(tag);
        Response.ResponseBuilder answer = unchanged != null
                ? unchanged
                : Response.ok(avatar.content).type(avatar.contentType);
        CacheControl cache = new CacheControl();
        cache.setMaxAge(MAX_AGE_SECONDS);
        cache.setNoTransform(false);
        cache.getCacheExtension().put("public", "");
        return answer.tag(tag).cacheControl(cache).header("X-Content-Type-Options", "nosniff").build();
    }

    /** {@link UUID#fromString} reads shortened forms too; only the full one is an id. */
    private static Optional<UUID> userId(String id) {
        try {
            UUID userId = UUID.fromString(id);
            return userId.toString().equalsIgnoreCase(id) ? Optional.of(userId) : Optional.empty();
        } catch (IllegalArgumentException notAnId) {
            return Optional.empty();
        }
    }
}
