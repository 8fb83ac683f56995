package dev.offstage.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileOwnerAttributeView;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The account that runs the PostgreSQL server: that of this process, or {@code nobody} if this is root's, since PostgreSQL
 * refuses to run as root.
 *
 * @param prefix what a command line has to begin with to run under this account
 * @param name the account that must own the data
 */
record ServerAccount(List<String> prefix, String name) {

    private static final Duration PROBE = Duration.ofSeconds(5);
    private static final String ROOT = "root";
    private static final String NOBODY = "nobody";

    /**
     * With {@code dac_override} the server reaches its files below a home directory that is closed to others; without
     * {@code no_setuid_fixup} the question whether it may run a file there would be answered with no. Containers allow
     * this one.
     */
    private static final List<String> AS_NOBODY = List.of("setpriv", "--reuid=" + NOBODY, "--regid=65534",
            "--clear-groups", "--securebits=+no_setuid_fixup", "--inh-caps=+dac_override",
            "--ambient-caps=+dac_override");

    /** A user namespace in which this account has no name: PostgreSQL does not take it for root there. */
    private static final List<String> IN_NAMESPACE = List.of("unshare", "-U");

    /** @throws IOException if this process is root's and there is no way to run another as somebody else */
    static ServerAccount choose() throws IOException {
        String user = System.getProperty("user.name");
        if (!user.equals(ROOT)) {
            return new ServerAccount(List.of(), user);
        }
        if (works(AS_NOBODY)) {
            return new ServerAccount(AS_NOBODY, NOBODY);
        }
        if (works(IN_NAMESPACE)) {
            return new ServerAccount(IN_NAMESPACE, ROOT);
        }
        throw new IOException("PostgreSQL does not run as root, and neither setpriv nor unshare works here: "
                + "start Offstage as an ordinary user");
    }

    private static boolean works(List<String> prefix) {
        List<String> command = new ArrayList<>(prefix);
        command.add("true");
        return Command.works(command, PROBE);
    }

    /** Makes this account own the directory and all in it. */
    void own(Path directory) throws IOException {
        if (!Files.getFileStore(directory).supportsFileAttributeView("posix")
                || Files.getOwner(directory).getName().equals(name)) {
            return;
        }
        UserPrincipal owner = directory.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(name);
        List<Path> paths;
        try (var all = Files.walk(directory)) {
            // The directory itself last: an interrupted change is done again.
            paths = all.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : paths) {
            Files.getFileAttributeView(path, FileOwnerAttributeView.class,
                    LinkOption.NOFOLLOW_LINKS).setOwner(owner);
        }
    }
}
