import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleFinder;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.graalvm.nativeimage.c.constant.CConstant;
import org.graalvm.nativeimage.c.struct.CField;
import org.graalvm.nativeimage.c.struct.CStruct;

import com.oracle.svm.core.option.APIOption;

import jdk.graal.compiler.options.OptionDescriptor;
import jdk.graal.compiler.options.OptionDescriptors;

/**
 * Has GraalVM's builder, which is in Maven's repositories, analyse what Quarkus has written for it, as the command native-image of a
 * GraalVM would: that command is in no repository. Takes the directory of the builder's jars, that of what Quarkus has written and one to
 * work in; writes the command of the builder into the last.
 */
public final class Analysis {

    private static final String BUILDER = "org.graalvm.nativeimage.builder";

    private static final Map<String, String> CONFIGURATIONS = Map.of(
            "jni-config.json", "JNIConfigurationResources",
            "reflect-config.json", "ReflectionConfigurationResources",
            "proxy-config.json", "DynamicProxyConfigurationResources",
            "resource-config.json", "ResourceConfigurationResources",
            "serialization-config.json", "SerializationConfigurationResources",
            "reachability-metadata.json", "ReachabilityMetadataResources");

    private final Map<String, Named> named = new HashMap<>();
    private final List<String> java = new ArrayList<>();
    private final List<String> image = new ArrayList<>();
    private final List<Pattern[]> excluded = new ArrayList<>();

    /** An option of the command, and that of the builder it stands for. */
    private record Named(APIOption option, OptionDescriptor builders) {}

    public static void main(String[] arguments) throws IOException, ReflectiveOperationException {
        new Analysis().write(Path.of(arguments[0]).toAbsolutePath(), Path.of(arguments[1]).toAbsolutePath(),
                Path.of(arguments[2]).toAbsolutePath());
    }

    private void write(Path builder, Path sources, Path work) throws IOException, ReflectiveOperationException {
        readOptions();
        List<String> given = List.of(Files.readString(sources.resolve("native-image.args")).strip().split("\\s+"));
        Path jar = sources.resolve(given.get(given.size() - 1));
        List<Path> classPath = classPath(jar);

        readJvmArguments(builder);
        openModules(manifest(jar));
        image.add("-H:+UnlockExperimentalVMOptions");
        image.add("-H:Path=" + work);
        image.add("-H:Name=" + given.get(given.size() - 3));
        image.add("-H:Class=" + manifest(jar).getValue(Attributes.Name.MAIN_CLASS));
        image.add("-H:ImageBuildID=" + UUID.nameUUIDFromBytes(Files.readAllBytes(jar)));
        image.add("-H:+ExitAfterAnalysis");
        image.add("-H:CLibraryPath=" + writeHeaders(work));
        for (int i = 0; i < given.size() - 3; i++) {
            if (given.get(i).equals("--exclude-config")) {
                excluded.add(new Pattern[]{Pattern.compile(given.get(++i)), Pattern.compile(given.get(++i))});
            } else {
                add(given.get(i));
            }
        }
        image.add("-H:+UnlockExperimentalVMOptions");
        for (Path entry : classPath) {
            readConfigurations(entry);
        }

        List<String> toBuilder = new ArrayList<>(List.of("-imagecp", joined(classPath)));
        toBuilder.addAll(image);
        Files.writeString(work.resolve("image.args"), String.join("\0", toBuilder));
        java.addAll(List.of("--module", BUILDER + "/com.oracle.svm.hosted.NativeImageGeneratorRunner"));
        Files.write(work.resolve("java.args"),
                java.stream().map(argument -> '"' + argument.replace("\\", "\\\\") + '"').toList());
    }

    private void readOptions() throws ReflectiveOperationException {
        for (OptionDescriptors all : ServiceLoader.load(OptionDescriptors.class)) {
            for (OptionDescriptor option : all) {
                Field field = option.getDeclaringClass().getDeclaredField(option.getFieldName());
                for (APIOption annotation : field.getAnnotationsByType(APIOption.class)) {
                    for (String name : annotation.name()) {
                        named.put(name.startsWith("-") ? name : "--" + name, new Named(annotation, option));
                    }
                }
            }
        }
    }

    private void add(String argument) throws ReflectiveOperationException {
        if (argument.startsWith("-J")) {
            java.add(argument.substring(2));
        } else if (argument.startsWith("-H:") || argument.startsWith("-R:")) {
            image.add(argument);
        } else {
            int at = argument.indexOf('=');
            String name = at < 0 ? argument : argument.substring(0, at);
            Named known = named.get(name);
            if (known == null) {
                throw new IllegalArgumentException("The builder has no option for " + argument);
            }
            image.add(translated(known, at < 0 ? null : argument.substring(at + 1)));
        }
    }

    private static String translated(Named known, String sent) throws ReflectiveOperationException {
        APIOption option = known.option();
        String name = known.builders().getName();
        if (known.builders().getOptionValueType() == Boolean.class) {
            return "-H:" + (option.kind() == APIOption.APIOptionKind.Negated ? "-" : "+") + name;
        }
        Object value = sent;
        if (sent == null) {
            String[] fixed = option.fixedValue().length > 0 ? option.fixedValue() : option.defaultValue();
            value = fixed.length > 0 ? fixed[0] : "";
        }
        for (Class<? extends Function<Object, Object>> transformer : option.valueTransformer()) {
            var constructor = transformer.getDeclaredConstructor();
            constructor.setAccessible(true);
            value = constructor.newInstance().apply(value);
        }
        return "-H:" + name + "=" + value;
    }

    private void readConfigurations(Path entry) throws IOException, ReflectiveOperationException {
        try (JarFile jar = new JarFile(entry.toFile())) {
            for (var file : Collections.list(jar.entries())) {
                String path = file.getName();
                String name = path.substring(path.lastIndexOf('/') + 1);
                if (!path.startsWith("META-INF/native-image/") || isExcluded(entry, path)) {
                    continue;
                }
                if (name.equals("native-image.properties")) {
                    readProperties(jar.getInputStream(file), path.substring(0, path.lastIndexOf('/')));
                } else if (CONFIGURATIONS.containsKey(name)) {
                    image.add("-H:" + CONFIGURATIONS.get(name) + "=" + path);
                }
            }
        }
    }

    private boolean isExcluded(Path entry, String path) {
        return excluded.stream()
                .anyMatch(both -> both[0].matcher(entry.toString()).find() && both[1].matcher("/" + path).find());
    }

    private void readProperties(InputStream in, String directory) throws IOException, ReflectiveOperationException {
        Properties properties = new Properties();
        try (in) {
            properties.load(in);
        }
        for (String argument : properties.getProperty("Args", "").replace("${.}", directory).split("\\s+")) {
            if (!argument.isEmpty()) {
                add(argument);
            }
        }
        for (String argument : properties.getProperty("JavaArgs", "").split("\\s+")) {
            if (!argument.isEmpty()) {
                java.add(argument);
            }
        }
    }

    private void readJvmArguments(Path builder) throws IOException {
        List<Path> jars;
        try (Stream<Path> files = Files.list(builder)) {
            jars = files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
        }
        Path compiler = jars.stream()
                .filter(jar -> jar.getFileName().toString().startsWith("compiler-"))
                .findFirst()
                .get();
        java.addAll(List.of("-XX:+UnlockExperimentalVMOptions", "-XX:+EnableJVMCI", "-XX:-UseJVMCICompiler",
                "-XX:+UseParallelGC", "-Xss10m", "-Xshare:off", "-Djava.awt.headless=true",
                "-Dorg.graalvm.vendor=GraalVM Community", "-Dorg.graalvm.vendorurl=https://www.graalvm.org/",
                "-Dorg.graalvm.vendorversion=GraalVM CE " + version(compiler) + "+1.1",
                "-Dorg.graalvm.version=" + version(compiler),
                "-Djdk.internal.lambda.disableEagerInitialization=true",
                "-Djava.lang.invoke.MethodHandle.DONT_INLINE_THRESHOLD=-1",
                "-Djava.lang.invoke.MethodHandle.PROFILE_GWT=false",
                "-Dcom.oracle.graalvm.isaot=true", "-Dorg.graalvm.nativeimage.imagecode=buildtime",
                "-Djava.system.class.loader=com.oracle.svm.hosted.NativeImageSystemClassLoader",
                "--add-modules=ALL-DEFAULT",
                "--upgrade-module-path", compiler.toString(),
                "--module-path", joined(jars.stream().filter(jar -> jar != compiler).toList())));
        List<String> modules = ModuleFinder.of(jars.toArray(Path[]::new))
                .findAll()
                .stream()
                .map(module -> module.descriptor().name())
                .toList();
        java.add("--enable-native-access=" + String.join(",", modules));
        String readers = "ALL-UNNAMED," + String.join(",", modules);
        ModuleLayer.boot()
                .modules()
                .stream()
                .filter(module -> ModuleFinder.ofSystem().find(module.getName()).isPresent())
                .forEach(module -> new TreeSet<>(module.getPackages()).forEach(name -> {
                    java.add("--add-exports=" + module.getName() + "/" + name + "=" + readers);
                }));
    }

    /** As {@code java -jar} does with this jar. */
    private void openModules(Attributes manifest) {
        Map.of("Add-Opens", "--add-opens=", "Add-Exports", "--add-exports=").forEach((attribute, option) -> {
            Stream.of(manifest.getValue(attribute) == null ? new String[0] : manifest.getValue(attribute).split(" "))
                    .forEach(packageName -> java.add(option + packageName + "=ALL-UNNAMED"));
        });
    }

    private static String version(Path jar) {
        return jar.getFileName().toString().replaceAll("^compiler-|\\.jar$", "");
    }

    /** The builder asks a C compiler for sizes, in header files that only a GraalVM has: these say what the builder reads of them. */
    private static Path writeHeaders(Path work) throws IOException, ReflectiveOperationException {
        Path libraries = work.resolve("clibraries");
        Path headers = Files.createDirectories(libraries.resolve("include"));
        for (String processor : List.of("AMD64", "AArch64", "RISCV64")) {
            String name = processor.toLowerCase(Locale.ROOT);
            Files.writeString(headers.resolve(name + "cpufeatures.h"),
                    header("com.oracle.svm.core." + name + "." + processor + "LibCHelper$CPUFeatures"));
        }
        Files.writeString(headers.resolve("svm_locale.h"), header("com.oracle.svm.core.c.locale.LocaleCHelper")
                + header("com.oracle.svm.core.c.locale.LocaleCHelper$LocaleProps"));
        return libraries;
    }

    private static String header(String type) throws ReflectiveOperationException {
        Class<?> described = Class.forName(type, false, Analysis.class.getClassLoader());
        StringBuilder fields = new StringBuilder();
        StringBuilder constants = new StringBuilder();
        for (Method method : described.getDeclaredMethods()) {
            CField field = method.getAnnotation(CField.class);
            if (field != null) {
                String name = field.value().isEmpty() ? method.getName() : field.value();
                fields.append(method.getReturnType() == boolean.class ? "char " : "char *").append(name).append("; ");
            } else if (method.isAnnotationPresent(CConstant.class)) {
                constants.append("#define " + method.getName() + " 0\n");
            }
        }
        CStruct struct = described.getAnnotation(CStruct.class);
        if (struct == null) {
            return constants.toString();
        }
        String name = struct.value().isEmpty() ? described.getSimpleName() : struct.value();
        return constants + (struct.addStructKeyword()
                ? "struct " + name + " { " + fields + "};\n"
                : "typedef struct { " + fields + "} " + name + ";\n");
    }

    private static List<Path> classPath(Path jar) throws IOException {
        List<Path> paths = new ArrayList<>(List.of(jar));
        String others = manifest(jar).getValue(Attributes.Name.CLASS_PATH);
        if (others != null) {
            Stream.of(others.split(" ")).map(jar::resolveSibling).filter(Files::isRegularFile).forEach(paths::add);
        }
        return paths;
    }

    private static Attributes manifest(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            return file.getManifest().getMainAttributes();
        }
    }

    private static String joined(List<Path> paths) {
        return paths.stream().map(Path::toString).collect(Collectors.joining(System.getProperty("path.separator")));
    }
}
