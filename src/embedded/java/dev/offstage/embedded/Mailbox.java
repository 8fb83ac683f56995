package dev.offstage.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;

import org.subethamail.smtp.MessageContext;
import org.subethamail.smtp.RejectException;
import org.subethamail.smtp.auth.EasyAuthenticationHandlerFactory;
import org.subethamail.smtp.auth.LoginFailedException;
import org.subethamail.smtp.server.SMTPServer;

import com.github.f4b6a3.uuid.UuidCreator;
import com.github.f4b6a3.uuid.util.UuidUtil;
import com.github.f4b6a3.uuid.util.UuidValidator;

/**
 * A real SMTP server that delivers to nobody: it keeps each mail as a file, to be looked at. Who sends needs a password that lies beside
 * the mails, for its owner alone.
 */
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
    private static final String UNFINISHED = "arriving-";
    private static final String USER = "offstage";

    private final Path directory;
    private final int port;
    private final ConcurrentSkipListMap<String, Path> files = new ConcurrentSkipListMap<>();
    private SMTPServer server;
    private CuttableServerSocket connections;

    /** @param port where SMTP clients connect; 0 picks a free one */
    public Mailbox(Path directory, int port) {
        this.directory = directory;
        this.port = port == 0 ? Ports.free() : port;
    }

    public int port() {
        return port;
    }

    public String username() {
        return USER;
    }

    /**
     * Of the user.
     *
     * @throws UncheckedIOException if its file can be neither read nor made
     */
    public String password() {
        try {
            return Secret.in(directory.resolveSibling(directory.getFileName() + "-password"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @throws IOException if the directory or the password's file cannot be made or read */
    public synchronized void start() throws IOException {
        if (server != null) {
            return;
        }
        Files.createDirectories(directory);
        try (var unfinished = Files.newDirectoryStream(directory, UNFINISHED + "*")) {
            for (Path file : unfinished) {
                Files.delete(file);
            }
        }
        try (var existing = Files.newDirectoryStream(directory, "*" + ENDING)) {
            existing.forEach(file -> files.put(id(file), file));
        }
        byte[] password = password().getBytes(UTF_8);
        server = SMTPServer.port(port)
                .bindAddress(InetAddress.getLoopbackAddress())
                .hostName("localhost")
                .maxMessageSize(LARGEST_MAIL)
                .maxConnections(MOST_CONNECTIONS)
                .requireAuth()
                .authenticationHandlerFactory(new EasyAuthenticationHandlerFactory(
                        (user, given, context) -> check(user, given, password)))
                .serverSocketFactory(() -> connections = new CuttableServerSocket())
                .messageHandler(this::keep)
                .build();
        server.start();
    }

    private static void check(String user, String given, byte[] password) throws LoginFailedException {
        if (!USER.equals(user) || !MessageDigest.isEqual(given.getBytes(UTF_8), password)) {
            throw new LoginFailedException();
        }
    }

    private void keep(MessageContext context, String from, String to, byte[] mail) throws RejectException {
        Path file = directory.resolve(UuidCreator.getTimeOrderedEpochPlus1() + ENDING);
        try {
            Path unfinished = Files.createTempFile(directory, UNFINISHED, null);
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
        return raw.isEmpty() ? Optional.empty() : Optional.of(MailParser.parse(id, receivedAt(id), raw.get()));
    }

    /** A mail as it arrived. */
    public Optional<byte[]> raw(String id) throws IOException {
        Path file = files.get(id);
        try {
            return file == null ? Optional.empty() : Optional.of(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            return Optional.empty(); // a newer mail has just taken its place
        }
    }

    /** The name tells the time; a file that somebody put there has another name. */
    private static Instant receivedAt(String id) {
        return UuidValidator.isValid(id, 7) ? UuidUtil.getInstant(UUID.fromString(id)) : Instant.EPOCH;
    }

    /** Stops to take mail and cuts who is connected; {@link #start()} takes it again on the same port. */
    public synchronized void stop() {
        if (server != null) {
            server.stop();
            connections.cut();
            server = null;
        }
    }

    @Override
    public void close() {
        stop();
    }
}
