package dev.offstage.task.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import org.junit.jupiter.api.Test;

import io.quarkus.runtime.annotations.RegisterResources;

/** A native image has no class path: what the fonts and the PDF library read while a report is written must be registered. */
class ReportResourcesTest {

    @Test
    void whatAReportReadsIsRegistered() throws Exception {
        List<String> globs = List.of(ReportFont.class.getAnnotation(RegisterResources.class).globs());
        try (Recorder loader = new Recorder()) {
            Method report = loader.loadClass(SignupReportTest.class.getName())
                    .getDeclaredMethod("pageCount", int.class);
            report.setAccessible(true);
            assertThat(report.invoke(null, 100)).isEqualTo(3);

            assertThat(loader.read).hasSizeGreaterThanOrEqualTo(3)
                    .allSatisfy(name -> assertThat(globs)
                            .as("Name %s in @RegisterResources of ReportFont: a report reads it", name)
                            .anyMatch(glob -> FileSystems.getDefault()
                                    .getPathMatcher("glob:" + glob)
                                    .matches(Path.of(name))));
        }
    }

    /** Loads all of the class path anew, and notes what is read of the fonts and of the PDF library. */
    private static final class Recorder extends URLClassLoader {

        private final Set<String> read = new TreeSet<>();

        Recorder() throws IOException {
            super(classPath(), ClassLoader.getPlatformClassLoader());
        }

        @Override
        public URL getResource(String name) {
            URL found = super.getResource(name);
            if (found != null && !name.endsWith(".class")
                    && (name.startsWith("com/lowagie/") || name.startsWith("net/sf/jasperreports/"))) {
                read.add(name);
            }
            return found;
        }

        private static URL[] classPath() throws IOException {
            List<URL> urls = new ArrayList<>();
            for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
                urls.add(Path.of(entry).toUri().toURL());
            }
            return urls.toArray(URL[]::new);
        }
    }
}
