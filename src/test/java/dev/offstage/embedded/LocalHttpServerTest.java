package dev.offstage.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A browser on this machine may be at a page of somebody else's. */
class LocalHttpServerTest {

    @ParameterizedTest
    @ValueSource(strings = {"Host: localhost", "Host: LOCALHOST:8025", "Host: 127.0.0.1:8025", "Host: [::1]:8025",
            "Host: localhost\r\nOrigin: http://localhost:8025"})
    void answersThisMachine(String headers) throws IOException {
        assertThat(answer(headers)).startsWith("HTTP/1.1 200");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Host: evil.example", "Host: localhost.evil.example", "Host: 127.0.0.1.evil.example:8025",
            "Host: evil.example:8025", "Host: ", "Host: localhost\r\nOrigin: https://evil.example",
            "Host: localhost\r\nOrigin: http://localhost.evil.example", "Host: localhost\r\nOrigin: null"})
    void answersNoPageOfAnotherSite(String headers) throws IOException {
        assertThat(answer(headers)).startsWith("HTTP/1.1 403").doesNotContain("secret");
    }

    private static String answer(String headers) throws IOException {
        try (LocalHttpServer server = new LocalHttpServer(0,
                exchange -> LocalHttpServer.send(exchange, 200, "text/plain", "secret".getBytes(UTF_8)));
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write(("GET / HTTP/1.1\r\n" + headers + "\r\nConnection: close\r\n\r\n").getBytes(UTF_8));
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }
}
