package dev.offstage.task.email;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

import org.junit.jupiter.api.Test;

class BoundedSocketTest {

    private interface Reading {
        void from(BoundedSocket socket) throws IOException;
    }

    @Test
    void bytesAreReadOneByOne() throws IOException {
        reading("250 ok".getBytes(US_ASCII), socket -> {
            InputStream in = socket.getInputStream();

            assertThat(in.read()).isEqualTo('2');
            assertThat(in.read()).isEqualTo('5');
            assertThat(in.readAllBytes()).isEqualTo("0 ok".getBytes(US_ASCII));
            assertThat(in.read()).isEqualTo(-1);
        });
    }

    @Test
    void moreThanTheBoundIsNotRead() throws IOException {
        reading(new byte[BoundedSocket.MOST_SAID_PER_MAIL + 1],
                socket -> assertThatThrownBy(() -> socket.getInputStream().readAllBytes())
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("said more than"));
    }

    @Test
    void anotherMailHasABoundOfItsOwn() throws IOException {
        reading(new byte[BoundedSocket.MOST_SAID_PER_MAIL + 1], socket -> {
            InputStream in = socket.getInputStream();
            assertThat(in.readNBytes(1)).hasSize(1);

            socket.restart();

            assertThat(in.readNBytes(BoundedSocket.MOST_SAID_PER_MAIL)).hasSize(BoundedSocket.MOST_SAID_PER_MAIL);
        });
    }

    /** A server that says this and then hangs up. */
    private static void reading(byte[] said, Reading reading) throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                BoundedSocket socket = new BoundedSocket()) {
            socket.connect(server.getLocalSocketAddress());
            Thread speaking = new Thread(() -> say(server, said));
            speaking.start();
            reading.from(socket);
        }
    }

    private static void say(ServerSocket server, byte[] said) {
        try (Socket client = server.accept()) {
            client.getOutputStream().write(said);
        } catch (IOException e) {
            // the reader has had enough, and closed the connection
        }
    }
}
