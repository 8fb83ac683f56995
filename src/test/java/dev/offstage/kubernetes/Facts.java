package dev.offstage.kubernetes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;

/** What other people's operators take, written down with where it is from. */
final class Facts {

    private static final Path DIRECTORY = Path.of("src/test/resources/kubernetes");

    private Facts() {
    }

    /** A file of lists, each with a name. */
    static Map<String, Set<String>> lists(String file) throws IOException {
        Properties read = new Properties();
        try (var content = Files.newBufferedReader(DIRECTORY.resolve(file))) {
            read.load(content);
        }
        Map<String, Set<String>> lists = new TreeMap<>();
        read.stringPropertyNames().forEach(name -> lists.put(name, Set.of(read.getProperty(name).split(","))));
        return lists;
    }
}
