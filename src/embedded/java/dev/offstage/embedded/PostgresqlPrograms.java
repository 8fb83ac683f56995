package dev.offstage.embedded;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/** PostgreSQL's own programs for this machine, unpacked from the class path once. */
final class PostgresqlPrograms {

    private static final boolean WINDOWS = System.getProperty("os.name").startsWith("Windows");
    private static final int DIGEST_LETTERS = 16;

    private final Path bin;
    private final ServerAccount account;

    private PostgresqlPrograms(Path home, ServerAccount account) {
        this.bin = home.resolve("bin");
        this.account = account;
    }

    /**
     * @param parent gets one directory for each version of the programs
     * @param account who will run them
     * @throws IOException if there are no programs for this machine or they cannot be unpacked
     */
    static PostgresqlPrograms unpack(Path parent, ServerAccount account) throws IOException {
        byte[] archive = archive();
        Path home = parent.resolve(digest(archive));
        if (!Files.exists(home)) {
            // Unpacked beside it and then renamed: a killed process leaves nothing that looks complete.
            Path unfinished = Directories.empty(parent.resolve("unfinished"));
            unpack(archive, unfinished);
            Files.move(unfinished, home);
        }
        return new PostgresqlPrograms(home, account);
    }

    private static byte[] archive() throws IOException {
        String name = archiveName();
        try (InputStream archive = PostgresqlPrograms.class.getClassLoader().getResourceAsStream(name)) {
            if (archive == null) {
                throw new IOException("there is no PostgreSQL for this machine (" + name
                        + "): set quarkus.datasource.jdbc.url to a server of your own");
            }
            return archive.readAllBytes();
        }
    }

    private static String archiveName() {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        if (WINDOWS) {
            return "postgres-windows-x86_64.txz";
        }
        if (system.contains("mac")) {
            return "postgres-darwin-x86_64.txz"; // universal: it holds the ARM programs too
        }
        String machine = System.getProperty("os.arch").equals("aarch64") ? "arm_64" : "x86_64";
        String distribution = Files.exists(Path.of("/etc/alpine-release")) ? "-alpine_linux" : "";
        return "postgres-linux-" + machine + distribution + ".txz";
    }

    private static String digest(byte[] archive) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(archive);
            return HexFormat.of().formatHex(digest).substring(0, DIGEST_LETTERS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256.", e);
        }
    }

    private static void unpack(byte[] archive, Path target) throws IOException {
        try (var plain = new BufferedInputStream(new XZInputStream(new ByteArrayInputStream(archive)));
                var entries = new TarArchiveInputStream(plain)) {
            for (TarArchiveEntry entry = entries.getNextEntry(); entry != null; entry = entries.getNextEntry()) {
                Path path = target.resolve(entry.getName()).normalize();
                if (entry.isDirectory()) {
                    Files.createDirectories(path);
                    continue;
                }
                Files.createDirectories(path.getParent());
                if (entry.isSymbolicLink()) {
                    Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
                } else if (entry.isFile()) {
                    Files.copy(entries, path);
                    if ((entry.getMode() & 0111) != 0 && !path.toFile().setExecutable(true, false)) {
                        throw new IOException("the file " + path + " cannot be made executable");
                    }
                }
            }
        }
    }

    /** The command line that runs one of the programs under the account of the server. */
    List<String> command(String program, List<String> arguments) {
        List<String> command = new ArrayList<>(account.prefix());
        command.add(bin.resolve(WINDOWS ? program + ".exe" : program).toString());
        command.addAll(arguments);
        return command;
    }
}
