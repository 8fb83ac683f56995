package dev.offstage.testing;

import java.net.URI;

import org.eclipse.microprofile.config.ConfigProvider;

import io.restassured.RestAssured;
import io.restassured.specification.RequestSpecification;

/** The port of health, metrics and the description of the API, in tests of a Quarkus application. */
public final class Management {

    private Management() {
    }

    /** Paths begin with {@code /q}, as everywhere. */
    public static RequestSpecification given() {
        return RestAssured.given().baseUri(uri()).port(URI.create(uri()).getPort()).basePath("");
    }

    private static String uri() {
        return ConfigProvider.getConfig()
                .getValue("test.management.url", String.class)
                .replaceFirst("/q/?$", "");
    }
}
