package dev.offstage.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Base64;
import java.util.Locale;

/** A kept HTTP/1.1 connection that costs next to nothing: the load shares its two cores with what it measures. */
final class Connection implements AutoCloseable {

    private static final String CONTENT_LENGTH = "content-length:";
    private static final String CHUNKED = "transfer-encoding: chunked";

    private static final String AUTHORIZATION = "Authorization: Basic "
            + Base64.getEncoder().encodeToString(("operator:" + BenchCluster.PASSWORD).getBytes(UTF_8)) + "\r\n";

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final String host;

    Connection(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream(), 16 * 1024);
        out = socket.getOutputStream();
        host = "127.0.0.1:" + port;
    }

    /** Sends a request and reads its answer to the end. @return the status */
    int post(String path, String contentType, byte[] body) throws IOException {
        return post(path, "", contentType, body);
    }

    int postAsOperator(String path, String contentType, byte[] body) throws IOException {
        return post(path, AUTHORIZATION, contentType, body);
    }

    private int post(String path, String authorization, String contentType, byte[] body) throws IOException {
        byte[] head = ("POST " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + authorization + "Content-Type: "
                + contentType
                + "\r\nContent-Length: " + body.length + "\r\n\r\n").getBytes(UTF_8);
        byte[] request = new byte[head.length + body.length];
        System.arraycopy(head, 0, request, 0, head.length);
        System.arraycopy(body, 0, request, head.length, body.length);
        out.write(request);
        int status = Integer.parseInt(line().split(" ")[1]);
        long length = 0;
        boolean chunked = false;
        for (String header = line().toLowerCase(Locale.ROOT); !header.isEmpty(); header = line()
                .toLowerCase(Locale.ROOT)) {
            if (header.startsWith(CONTENT_LENGTH)) {
                length = Long.parseLong(header.substring(CONTENT_LENGTH.length()).strip());
            }
            chunked |= header.equals(CHUNKED);
        }
        if (chunked) {
            skipChunks();
        } else {
            in.skipNBytes(length);
        }
        return status;
    }

    private void skipChunks() throws IOException {
        long length;
        do {
            length = Long.parseLong(line(), 16);
            in.skipNBytes(length);
            line();
        } while (length > 0);
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new IOException("The connection was closed.");
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return new String(line.toString().getBytes(ISO_8859_1), UTF_8);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
