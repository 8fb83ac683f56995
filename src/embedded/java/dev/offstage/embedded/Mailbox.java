package dev.offstage.embedded;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

import jakarta.mail.MessagingException;
import jakarta.mail.Multipart;
import jakarta.mail.Part;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;

import org.subethamail.smtp.MessageContext;
import org.subethamail.smtp.RejectException;
import org.subethamail.smtp.server.SMTPServer;

import com.github.f4b6a3.uuid.UuidCreator;

/** A real SMTP server that delivers to nobody: it keeps each mail as a file, to be looked at. */
public final class Mailbox implements AutoCloseable {

    /**
     * A mail that arrived.
     *
     * @param id its file's name without the ending; sorts by time
     * @param text null if the mail has no such part
     * @param html null if the mail has no such part
     */
    public record Mail(String id, Instant receivedAt, String from, String to, String subject, String messageId,
            String text, String html) {}

    private static final int LARGEST_MAIL = 25 * 1024 * 1024;
    private static final int MOST_MAILS = 10_000;
    private static final int MOST_CONNECTIONS = 200;
    private static final int LOCAL_ERROR = 451;
    private static final String ENDING = ".eml";

    private final Path directory;
    private final int port;
    private final ConcurrentSkipListMap<String, Path> files = new ConcurrentSkipListMap<>();
    private SMTPServer server;
    private Connections connections;

    /** @param port where SMTP clients connect; 0 picks a free one */
    public Mailbox(Path directory, int port) {
        this.directory = directory;
        this.port = port == 0 ? Ports.free() : port;
    }

    public int port() {
        return port;
    }

    /** @throws IOException if the directory cannot be made or read */
    public synchronized void start() throws IOException {
        if (server != null) {
            return;
        }
        Files.createDirectories(directory);
        try (var existing = Files.list(directory)) {
            existing.filter(file -> file.toString().endsWith(ENDING)).forEach(file -> files.put(id(file), file));
        }
        server = SMTPServer.port(port)
                .bindAddress(InetAddress.getLoopbackAddress())
                .hostName("localhost")
                .maxMessageSize(LARGEST_MAIL)
                .maxConnections(MOST_CONNECTIONS)
                .serverSocketFactory(() -> connections = new Connections())
                .messageHandler(this::keep)
                .build();
        server.start();
    }

    private void keep(MessageContext context, String from, String to, byte[] mail) throws RejectException {
        Path file = directory.resolve(UuidCreator.getTimeOrderedEpochPlus1() + ENDING);
        try {
            Path unfinished = Files.createTempFile(directory, "arriving", null);
            Files.write(unfinished, mail);
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
            files.put(id(file), file);
            while (files.size() > MOST_MAILS) {
                Files.deleteIfExists(files.pollFirstEntry().getValue());
            }
        } catch (IOException e) {
            throw new RejectException(LOCAL_ERROR, "The mail could not be kept: " + e.getMessage());
        }
    }

    private static String id(Path file) {
        String name = file.getFileName().toString();
        return name.substring(0, name.length() - ENDING.length());
    }

    /** The newest mails first. */
    public List<Mail> newest(int limit) throws IOException {
        List<Mail> mails = new ArrayList<>();
        for (String id : files.descendingKeySet().stream().limit(limit).toList()) {
            find(id).ifPresent(mails::add);
        }
        mails.sort(Comparator.comparing(Mail::id).reversed());
        return mails;
    }

    /** How many mails are kept. */
    public int size() {
        return files.size();
    }

    public Optional<Mail> find(String id) throws IOException {
        Optional<byte[]> raw = raw(id);
        return raw.isEmpty() ? Optional.empty() : Optional.of(parse(id, raw.get()));
    }

    /** A mail as it arrived. */
    public Optional<byte[]> raw(String id) throws IOException {
        Path file = files.get(id);
        return file == null ? Optional.empty() : Optional.of(Files.readAllBytes(file));
    }

    private Mail parse(String id, byte[] raw) throws IOException {
        Instant receivedAt = Files.getLastModifiedTime(files.get(id)).toInstant();
        try {
            MimeMessage message = new MimeMessage(null, new ByteArrayInputStream(raw));
            return new Mail(id, receivedAt, InternetAddress.toUnicodeString(message.getFrom()),
                    InternetAddress.toUnicodeString(message.getAllRecipients()), message.getSubject(),
                    message.getMessageID(), part(message, "text/plain"), part(message, "text/html"));
        } catch (MessagingException e) {
            return new Mail(id, receivedAt, "?", "?", "(this mail cannot be read: " + e.getMessage() + ")", null,
                    new String(raw, StandardCharsets.UTF_8), null);
        }
    }

    private static String part(Part part, String type) throws MessagingException, IOException {
        if (part.isMimeType(type)) {
            return part.getContent().toString();
        }
        if (part.getContent() instanceof Multipart parts) {
            for (int i = 0; i < parts.getCount(); i++) {
                String found = part(parts.getBodyPart(i), type);
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }

    /** Stops to take mail and cuts who is connected; {@link #start()} takes it again on the same port. */
    public synchronized void stop() {
        if (server != null) {
            server.stop();
            connections.cut();
            server = null;
        }
    }

    /** The SMTP server would go on with who is connected; one that is down does not. */
    private static final class Connections extends ServerSocket {

        private final Set<Socket> accepted = ConcurrentHashMap.newKeySet();

        Connections() throws IOException {
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

    @Override
    public void close() {
        stop();
    }
}
