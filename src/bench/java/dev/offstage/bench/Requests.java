package dev.offstage.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.UUID;

import dev.offstage.testing.Pictures;

/** What is asked of the service; each returns the status of the answer. */
final class Requests {

    /** The payload of a job that does nothing. */
    static final String NO_OP = "{\"failures\":0,\"waitSeconds\":0}";

    private static final String NEW_JOB = "{\"type\":\"no-op\",\"payload\":" + NO_OP + "}";
    private static final byte[] NEW_JOBS = ("{\"jobs\":[" + (NEW_JOB + ",").repeat(999) + NEW_JOB + "]}")
            .getBytes(UTF_8);
    private static final String ONE_JOB = "/bench/enqueue?count=1&perCall=1&inFlight=1";
    private static final String JSON = "application/json";
    private static final String BOUNDARY = "photo-and-fields";
    private static final byte[] PHOTO = photo();

    private Requests() {
    }

    /** Without a photo: two jobs. */
    static int signUp(Connection connection) throws IOException {
        String body = "{\"name\":\"Ada Lovelace\",\"email\":\"" + newAddress() + "\"}";
        return connection.post("/signup", JSON, body.getBytes(UTF_8));
    }

    /** With a photo: three jobs. */
    static int signUpWithAvatar(Connection connection) throws IOException {
        String part = "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=";
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes((part + "name\r\n\r\nAda Lovelace\r\n" + part + "email\r\n\r\n" + newAddress() + "\r\n" + part
                + "avatar; filename=photo.png\r\nContent-Type: image/png\r\n\r\n").getBytes(UTF_8));
        body.writeBytes(PHOTO);
        body.writeBytes(("\r\n--" + BOUNDARY + "--\r\n").getBytes(UTF_8));
        return connection.post("/signup", "multipart/form-data; boundary=" + BOUNDARY, body.toByteArray());
    }

    /** Whoever is at this address is told of each sign-up, which is a job of its own. */
    static int subscribe(Connection connection, String url) throws IOException {
        String webhook = "{\"url\":\"" + url + "\",\"events\":[\"user.signed-up\"]}";
        return connection.postAsOperator("/webhooks", JSON, webhook.getBytes(UTF_8));
    }

    private static String newAddress() {
        return "ada-" + UUID.randomUUID() + "@example.com";
    }

    private static byte[] photo() {
        try {
            return Pictures.png(320, 240);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** By the producer inside the service. */
    static int enqueueOne(Connection connection) throws IOException {
        return connection.post(ONE_JOB, JSON, NO_OP.getBytes(UTF_8));
    }

    static int postOne(Connection connection) throws IOException {
        return connection.postAsOperator("/jobs", JSON, NEW_JOB.getBytes(UTF_8));
    }

    static int postThousand(Connection connection) throws IOException {
        return connection.postAsOperator("/jobs/bulk", JSON, NEW_JOBS);
    }
}
