package dev.offstage;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.INTERFACES;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.lang.conditions.ArchConditions.be;
import static com.tngtech.archunit.lang.conditions.ArchConditions.have;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.Font;
import java.awt.Image;
import java.awt.color.ColorSpace;
import java.awt.image.ColorModel;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.ref.Cleaner;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Proxy;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.net.InetAddress;
import java.net.URL;
import java.nio.Buffer;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.stream.Stream;

import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

import org.junit.jupiter.api.Test;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufHolder;
import io.quarkus.runtime.annotations.RegisterForProxy;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.quarkus.runtime.annotations.RegisterResources;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.oracle.svm.core.annotate.Substitute;
import com.oracle.svm.core.annotate.TargetClass;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

import dev.offstage.job.JobHandler;
import dev.offstage.picture.format.ImageHeader;

import javax.imageio.ImageTypeSpecifier;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.spi.ImageWriterSpi;

/**
 * A native image holds what its build can see. What is found by reflection or by name must be registered: Quarkus does so for what
 * resources take and answer, for templates, migrations and static files; the rest is ours.
 */
@AnalyzeClasses(packages = "dev.offstage", importOptions = ImportOption.DoNotIncludeTests.class)
class NativeImageTest {

    private static final List<Class<?>> NOT_IN_AN_IMAGE = List.of(Random.class, Thread.class, Executor.class,
            Color.class, Image.class,
            ImageTypeSpecifier.class, ColorModel.class, ColorSpace.class, Font.class, Buffer.class, Closeable.class,
            ThreadLocal.class, Cleaner.class, InetAddress.class, ByteBuf.class, ByteBufHolder.class);

    @ArchTest
    static final ArchRule WHO_READS_RESOURCES_REGISTERS_THEM = classes()
            .that(call("getResource.*", Class.class, ClassLoader.class))
            .and()
            .resideOutsideOfPackage("dev.offstage.embedded..")
            .should()
            .beAnnotatedWith(RegisterResources.class)
            .because("a native image has no class path: name in @RegisterResources what the class reads");

    @ArchTest
    static final ArchRule WHO_MAKES_PROXIES_REGISTERS_THEM = classes().that(call("newProxyInstance", Proxy.class))
            .should()
            .beAnnotatedWith(RegisterForProxy.class)
            .andShould()
            .beAnnotatedWith(RegisterForReflection.class)
            .because("a native image makes no classes: name the interface in @RegisterForProxy, and in"
                    + " @RegisterForReflection for its methods to be passed on")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule FEW_LOOK_THINGS_UP_BY_NAME = noClasses()
            .that()
            .haveNameNotMatching(
                    "dev\\.offstage\\.(embedded\\..*|queue\\.lane\\.HandlerPools|storage\\.GuardedConnection)")
            .should(be(call(
                    "forName|getMethods?|getDeclared.*|invoke|newInstance|find(Static|Virtual|Constructor)",
                    Class.class, Method.class, Constructor.class, MethodHandles.Lookup.class)))
            .because(
                    "a native image finds only what is registered: do so with @RegisterForReflection, or for classes of"
                            + " Java in META-INF/native-image/dev.offstage/offstage, and add the class to this rule");

    @ArchTest
    static final ArchRule NOTHING_IS_MADE_BEFORE_THE_IMAGE_RUNS = noFields().that()
            .areStatic()
            .and()
            .areDeclaredInClassesThat()
            .resideOutsideOfPackage("dev.offstage.embedded..")
            .should()
            .haveRawType(madeByTheProcess())
            .because(
                    "the build of a native image runs static initialisers: it refuses threads, open files, buffers and pictures in"
                            + " them, and all processes would share one seed");

    /** Its build ends at any other method of such a class, a private one, too. */
    @ArchTest
    static final ArchRule WHAT_TAKES_A_PLACE_HAS_NOTHING_ELSE = methods().that()
            .areDeclaredInClassesThat()
            .areAnnotatedWith(TargetClass.class)
            .should()
            .beAnnotatedWith(Substitute.class)
            .because("the build of a native image refuses a @TargetClass with a method that is not a @Substitute");

    @ArchTest
    static final ArchRule ANSWERS_IN_JSON_ARE_DECLARED = methods().that()
            .areMetaAnnotatedWith(HttpMethod.class)
            .and()
            .areDeclaredInClassesThat(describe("answer in JSON", NativeImageTest::answersInJson))
            .should(have(describe("a type that says what is answered", method -> isDeclared(method.reflect()
                    .getGenericReturnType()))))
            .because("Quarkus registers what it sees: a RestResponse<SignedUp> is written, of a Response nothing is");

    /** Reads and writes JSON beside the resources: what it reads and writes must be registered. */
    @ArchTest
    static final ArchRule FEW_KNOW_JSON = noClasses()
            .that()
            .haveNameNotMatching(
                    "dev\\.offstage\\.(embedded\\..*|job\\.(JobType|ledger\\.(JobPreparation|Attempts))|operation\\.BulkActions"
                            + "|task\\.(webhook\\.WebhookDelivery|notify\\.NotifySlack|analytics\\.AnalyticsSync))")
            .should(be(call("writeValue.*|valueToTree|readValue|convertValue|treeToValue|readerFor|writerFor",
                    ObjectMapper.class)))
            .because(
                    "a native image writes {} of what is not registered: annotate it with @RegisterForReflection, then add"
                            + " the class to this rule");

    @ArchTest
    static void everyPayloadIsRegistered(JavaClasses classes) {
        List<JavaClass> handlers = classes.that(assignableTo(JobHandler.class).and(not(INTERFACES))).stream().toList();
        Set<Class<?>> payloads = new HashSet<>();
        handlers.forEach(handler -> collect(payload(handler.reflect()), payloads));

        assertThat(payloads).hasSizeGreaterThanOrEqualTo(handlers.size())
                .allSatisfy(payload -> assertThat(payload)
                        .as("Annotate %s with @RegisterForReflection: it is a payload, or a part of one, and a native"
                                + " image makes no object from JSON of what is not registered", payload.getName())
                        .hasAnnotation(RegisterForReflection.class));
    }

    @Test
    void everyReaderAndWriterOfPicturesIsRegistered() throws IOException {
        List<String> classes = Stream.of(ImageHeader.class.getAnnotation(RegisterForReflection.class).targets())
                .map(Class::getName)
                .toList();
        List<String> files = List.of(ImageHeader.class.getAnnotation(RegisterResources.class).globs());

        for (Class<?> service : List.of(ImageReaderSpi.class, ImageWriterSpi.class)) {
            String file = "META-INF/services/" + service.getName();
            assertThat(files).as("what @RegisterResources of ImageHeader names").contains(file);
            assertThat(classes)
                    .as("what @RegisterForReflection of ImageHeader names: it needs all that a %s names", file)
                    .containsAll(providers(file));
        }
    }

    private static DescribedPredicate<JavaClass> call(String method, Class<?>... owners) {
        return describe("call " + method, caller -> caller.getMethodCallsFromSelf()
                .stream()
                .anyMatch(call -> call.getName().matches(method)
                        && Stream.of(owners).anyMatch(call.getTargetOwner()::isEquivalentTo)));
    }

    private static DescribedPredicate<JavaClass> madeByTheProcess() {
        return describe("of which a process needs its own",
                type -> NOT_IN_AN_IMAGE.stream().anyMatch(type::isAssignableTo));
    }

    private static boolean answersInJson(JavaClass resource) {
        return resource.tryGetAnnotationOfType(Produces.class)
                .filter(produces -> List.of(produces.value()).contains(MediaType.APPLICATION_JSON))
                .isPresent();
    }

    /** Whether each of its parts is a type of its own. */
    private static boolean isDeclared(Type type) {
        if (type instanceof ParameterizedType with) {
            return Stream.of(with.getActualTypeArguments()).allMatch(NativeImageTest::isDeclared);
        }
        return type instanceof Class<?> known && known != Object.class && known != Response.class;
    }

    private static Type payload(Class<?> handler) {
        return Stream.of(handler.getGenericInterfaces())
                .filter(type -> type instanceof ParameterizedType with && with.getRawType() == JobHandler.class)
                .map(type -> ((ParameterizedType) type).getActualTypeArguments()[0])
                .findFirst()
                .orElseThrow(() -> new AssertionError(handler.getName() + " does not say at its declaration which"
                        + " payload it takes: let it implement JobHandler<…> itself."));
    }

    /** Of a type, its arguments and components those that are ours. */
    private static void collect(Type type, Set<Class<?>> ours) {
        if (type instanceof ParameterizedType with) {
            Stream.of(with.getActualTypeArguments()).forEach(argument -> collect(argument, ours));
        } else if (type instanceof Class<?> found && found.getName().startsWith("dev.offstage.") && ours.add(found)
                && found.isRecord()) {
            Stream.of(found.getRecordComponents())
                    .map(RecordComponent::getGenericType)
                    .forEach(component -> collect(component, ours));
        }
    }

    private static Set<String> providers(String file) throws IOException {
        Set<String> providers = new HashSet<>();
        for (URL url : Collections.list(ClassLoader.getSystemResources(file))) {
            try (InputStream in = url.openStream()) {
                new String(in.readAllBytes(), UTF_8).lines()
                        .map(line -> line.replaceFirst("#.*", "").strip())
                        .filter(line -> !line.isEmpty())
                        .forEach(providers::add);
            }
        }
        return providers;
    }
}
