package io.qight.cli;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The arrows of docs/architecture.md: which module may know which, and what each may know. */
class ArchitectureTest {
    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("io.qight");

    @Test
    void everyModuleIsSeen() {
        assertThat(
                        CLASSES.stream()
                                .map(c -> c.getPackageName().split("\\.", -1)[2])
                                .collect(Collectors.toSet()))
                .contains(
                        "wire",
                        "identity",
                        "testkit",
                        "transport",
                        "store",
                        "relay",
                        "client",
                        "load",
                        "cli");
        assertThat(CLASSES.stream().map(c -> c.getPackageName()))
                .contains("io.qight.store.embedded");
    }

    @Test
    void wireKnowsOnlyBuffers() {
        classes()
                .that()
                .resideInAPackage("io.qight.wire..")
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(
                                "io.qight.wire..",
                                "java..",
                                "io.netty.buffer..",
                                "io.netty.util..",
                                "org.jspecify.."))
                .check(CLASSES);
    }

    @Test
    void testkitKnowsOnlyTheJdk() {
        classes()
                .that()
                .resideInAPackage("io.qight.testkit..")
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(
                                "io.qight.testkit..", "java..", "javax.crypto..", "org.jspecify.."))
                .check(CLASSES);
    }

    @Test
    void nothingThatRunsKnowsTheTestkit() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.qight.testkit..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.qight.testkit..")
                .check(CLASSES);
    }

    @Test
    void storeKnowsOnlyWire() {
        classes()
                .that()
                .resideInAPackage("io.qight.store")
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(
                                "io.qight.store", "io.qight.wire..", "java..", "org.jspecify.."))
                .check(CLASSES);
    }

    @Test
    void modulesKnowOnlyThoseTheyMay() {
        for (String[] arrow :
                new String[][] {
                    {"identity", "identity", "wire"},
                    {"transport", "transport", "wire"},
                    {"client", "client", "transport", "identity", "wire"},
                    {"load", "load", "client", "transport", "identity", "wire"},
                    {"relay", "relay", "transport", "identity", "wire", "store"},
                    {"store.embedded", "store.embedded", "store", "wire"},
                }) {
            List<String> allowed =
                    List.of(arrow).subList(1, arrow.length).stream()
                            .map(room -> "io.qight." + room)
                            .toList();
            DescribedPredicate<JavaClass> elsewhere =
                    describe(
                            "are in none of " + allowed,
                            c -> allowed.stream().noneMatch(room -> inRoom(c, room)));
            noClasses()
                    .that()
                    .resideInAPackage("io.qight." + arrow[0] + "..")
                    .should()
                    .dependOnClassesThat(resideInAnyPackage("io.qight..").and(elsewhere))
                    .check(CLASSES);
        }
    }

    @Test
    void onlyTheCommandLineNamesAnEngine() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.qight.store.embedded..", "io.qight.cli..")
                .and()
                .resideInAPackage("io.qight..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.qight.store.embedded..")
                .check(CLASSES);
    }

    /**
     * Session rules take input and now, and return effects: virtual time is enough to test them.
     */
    @Test
    void sessionsArePure() {
        noClasses()
                .that()
                .haveNameMatching(
                        "io\\.qight\\.relay\\.v0\\.(Session|SessionStream|SessionSettings"
                                + "|Input|Effect|Allowance)(\\$.*)?"
                                + "|io\\.qight\\.client\\.v1\\.(Outbox|OutboxEntry|Lane|Lanes"
                                + "|Subscribed|Holding|Mailboxes|Control|NumberSet|Backoff"
                                + "|ReceivedEnvelope|Refusal)(\\$.*)?")
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage(
                                "io.netty.channel..",
                                "io.netty.handler..",
                                "java.util.concurrent..",
                                "java.io..",
                                "java.net..",
                                "java.nio.channels..",
                                "java.nio.file.."))
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.Thread")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.time.Clock")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("io.qight.store.MailboxStore")
                .check(CLASSES);
    }

    @Test
    void roomsHaveNoCycles() {
        slices().matching("io.qight.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void everyPackageIsNullMarked() {
        assertThat(
                        CLASSES.stream()
                                .filter(c -> !c.getSimpleName().equals("module-info"))
                                .map(c -> c.getPackage())
                                .distinct()
                                .filter(p ->
                                        !p.isAnnotatedWith("org.jspecify.annotations.NullMarked"))
                                .map(p -> p.getName()))
                .isEmpty();
    }

    /** The store's own packages are two modules, so a prefix alone would not tell them apart. */
    private static boolean inRoom(JavaClass javaClass, String room) {
        String packageName = javaClass.getPackageName();
        if (room.equals("io.qight.store")) {
            return packageName.equals(room);
        }
        return packageName.equals(room) || packageName.startsWith(room + ".");
    }
}
