package dev.offstage.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Can close the connections that are open, which the SMTP server would go on with after its stop. */
final class CuttableServerSocket extends ServerSocket {

    private final Set<Socket> accepted = ConcurrentHashMap.newKeySet();

    CuttableServerSocket() throws IOException {
        super();
    }

    @Override
    public Socket accept() throws IOException {
        Socket socket = super.accept();
        accepted.removeIf(Socket::isClosed);
        accepted.add(socket);
        return socket;
    }

    void cut() {
        for (Socket socket : accepted) {
            try {
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException("A connection could not be cut.", e);
            }
        }
    }
}
