package dev.offstage.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.annotations.RegisterResources;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.impl.MimeMapping;
import io.vertx.ext.web.RoutingContext;

/**
 * Serves the files of the pages while the process stops. Load balancers send requests until they have noticed, but Vert.x has
 * already deleted the directory from which it serves files, styles and scripts. They are read from the class path instead.
 */
@Singleton
@RegisterResources(globs = PagesWhileStopping.FOLDER + "/**")
class PagesWhileStopping {

    static final String FOLDER = "META-INF/resources";
    private static final int AFTER_THE_GATE = 900;
    private static final Pattern FILE = Pattern.compile("(?:/[\\w-]+(?:\\.[\\w-]+)*)*/[\\w.-]+\\.(css|html|js|svg)");

    private volatile boolean stopping;

    void stop(@Observes ShutdownDelayInitiatedEvent event) {
        stopping = true;
    }

    void serve(@Observes Filters filters) {
        filters.register(this::answer, AFTER_THE_GATE);
    }

    private void answer(RoutingContext request) {
        HttpMethod method = request.request().method();
        if (!stopping || !method.equals(HttpMethod.GET) && !method.equals(HttpMethod.HEAD)) {
            request.next();
            return;
        }
        String path = request.normalizedPath().equals("/") ? "/index.html" : request.normalizedPath();
        Matcher file = FILE.matcher(path);
        Buffer content = file.matches() ? read(FOLDER + path) : null;
        if (content == null) {
            request.next();
            return;
        }
        request.response()
                .putHeader(HttpHeaders.CONTENT_TYPE,
                        MimeMapping.getMimeTypeForExtension(file.group(1)) + ";charset=UTF-8")
                .end(content);
    }

    /** @return null if there is none */
    private static Buffer read(String file) {
        try (InputStream content = PagesWhileStopping.class.getClassLoader().getResourceAsStream(file)) {
            return content == null ? null : Buffer.buffer(content.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
