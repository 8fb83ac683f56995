package dev.offstage.picture;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
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
import jakarta.ws.rs.core.StreamingOutput;

import io.agroal.api.AgroalDataSource;
import io.vertx.ext.web.RoutingContext;

import dev.offstage.http.Downloads;

/** The pictures of users, for everyone. */
@Path("/users/{id}/avatar/{size}")
@PermitAll
public class AvatarResource {

    private static final Set<String> SIZES = Set.of("64", "256", "512");
    private static final int MAX_AGE_SECONDS = 300;
    /** In bytes: what is sent at once takes little memory, however slowly it is read. */
    private static final int SMALL = 64 * 1024;

    private final AgroalDataSource dataSource;
    private final Downloads downloads;

    AvatarResource(AgroalDataSource dataSource, Downloads downloads) {
        this.dataSource = dataSource;
        this.downloads = downloads;
    }

    /**
     * @param id of the user
     * @param size the side of the square in pixels: 64, 256 or 512; a smaller original makes a smaller square
     * @param still the poster, also where there is an animation
     * @throws NotFoundException if there is no such user, size, or picture yet
     */
    @GET
    public Response avatar(@PathParam("id") String id, @PathParam("size") String size,
            @QueryParam("still") boolean still, @Context Request request, @Context RoutingContext caller)
            throws SQLException {
        UUID userId = userId(id).filter(known -> SIZES.contains(size)).orElseThrow(AvatarResource::notFound);
        StoredAvatar avatar;
        Object content = null;
        try (Connection connection = dataSource.getConnection()) {
            avatar = StoredAvatar.find(connection, userId, Integer.parseInt(size), still)
                    .orElseThrow(AvatarResource::notFound);
            EntityTag tag = new EntityTag(avatar.etag());
            Response.ResponseBuilder unchanged = request.evaluatePreconditions(tag);
            if (unchanged != null) {
                return cached(unchanged, tag);
            }
            if (avatar.length() <= SMALL) {
                content = avatar.content(connection);
            }
        }
        return cached(
                Response.ok(content == null ? downloads.paced(caller, inParts(avatar)) : content)
                        .type(avatar.contentType()),
                new EntityTag(avatar.etag()));
    }

    private static NotFoundException notFound() {
        return new NotFoundException(
                "There is no such picture. It may be in the making: try again in a few seconds. The"
                        + " sizes are 64, 256 and 512.");
    }

    /** No connection to PostgreSQL waits for a slow reader, and only a part is in memory. */
    private StreamingOutput inParts(StoredAvatar avatar) {
        return output -> {
            for (int start = 0; start < avatar.length(); start += StoredAvatar.PART) {
                output.write(part(avatar, start));
            }
        };
    }

    private byte[] part(StoredAvatar avatar, int start) throws IOException {
        try (Connection connection = dataSource.getConnection()) {
            return avatar.part(connection, start, StoredAvatar.PART);
        } catch (SQLException e) {
            throw new IOException("The rest of a picture cannot be read", e);
        }
    }

    private static Response cached(Response.ResponseBuilder answer, EntityTag tag) {
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
