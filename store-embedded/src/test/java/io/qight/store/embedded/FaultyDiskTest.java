package io.qight.store.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;

/** The disk does what it is made for: a search over a disk that loses nothing finds nothing. */
final class FaultyDiskTest {
    @Test
    void whatWasForcedAndSyncedSurvives() {
        assertThat(
                        outcomes(disk -> {
                            try (DiskFile file = disk.create("a")) {
                                write(file, "hello", 0);
                                file.force();
                            }
                            disk.sync();
                            return disk.afterPowerLoss();
                        }))
                .containsExactly("hello");
    }

    @Test
    void whatWasNotForcedIsLostTornOrKept() {
        Set<String> outcomes =
                outcomes(disk -> {
                    DiskFile file = forced(disk, "....");
                    write(file, "AB", 0);
                    write(file, "CD", 2);
                    write(file, "EF", 4);
                    return disk.afterPowerLoss();
                });

        assertThat(outcomes)
                .as("lost, kept, torn, out of order, and grown without bytes")
                .contains("....", "ABCDEF", "A...", ".B..", "..CDEF", "....EF", "AB..EF")
                .contains("AB..\0\0", "....E")
                .allMatch(outcome -> outcome.matches("[A.][B.][C.][D.]([E\0]?|[E\0][F\0])"));
    }

    @Test
    void longWritesAreTornAtSectors() {
        Set<String> outcomes =
                outcomes(disk -> {
                    DiskFile file = forced(disk, ".".repeat(1536));
                    write(file, "x".repeat(1536), 0);
                    return disk.afterPowerLoss();
                });

        assertThat(outcomes).contains(".".repeat(512) + "x".repeat(512) + ".".repeat(512));
    }

    @Test
    void forceCoversWhatWasWrittenBeforeIt() {
        Set<String> outcomes =
                outcomes(disk -> {
                    DiskFile file = forced(disk, "..");
                    write(file, "A", 0);
                    file.force();
                    write(file, "B", 1);
                    return disk.afterPowerLoss();
                });

        assertThat(outcomes).containsExactlyInAnyOrder("A.", "AB");
    }

    @Test
    void namesWithoutASyncComeOutEitherWay() {
        assertThat(
                        outcomes(disk -> {
                            try (DiskFile file = disk.create("a")) {
                                write(file, "new", 0);
                                file.force();
                            }
                            return disk.afterPowerLoss();
                        }))
                .containsExactlyInAnyOrder("none", "new");
        assertThat(
                        outcomes(disk -> {
                            forced(disk, "old");
                            disk.delete("a");
                            return disk.afterPowerLoss();
                        }))
                .containsExactlyInAnyOrder("none", "old");
        assertThat(
                        outcomes(disk -> {
                            forced(disk, "old");
                            try (DiskFile file = disk.create("b")) {
                                write(file, "new", 0);
                                file.force();
                            }
                            disk.rename("b", "a");
                            return disk.afterPowerLoss();
                        }))
                .containsExactlyInAnyOrder("old", "new");
    }

    @Test
    void killedProcessLosesNothingUntilThePowerGoes() {
        assertThat(
                        outcomes(disk -> {
                            write(forced(disk, ".."), "AB", 0);
                            return disk.afterKill();
                        }))
                .containsExactly("AB");
        assertThat(
                        outcomes(disk -> {
                            write(forced(disk, ".."), "AB", 0);
                            return disk.afterKill().afterPowerLoss();
                        }))
                .contains("..", "AB", "A.");
    }

    @Test
    void failedForceIsNotRepairedByTheNext() {
        Set<String> outcomes =
                outcomes(disk -> {
                    DiskFile file = forced(disk, "..");
                    write(file, "AB", 0);
                    disk.failOnce(FaultyDisk.Kind.FORCE, 0);
                    assertThatThrownBy(file::force).isInstanceOf(IOException.class);
                    assertThat(content(disk)).isEqualTo("AB");
                    file.force();
                    return disk.afterPowerLoss();
                });

        assertThat(outcomes).contains("..", "AB");
    }

    @Test
    void stoppedDiskStopsInTheMidstOfAChange() throws IOException {
        Set<String> outcomes =
                outcomes(disk -> {
                    DiskFile file = forced(disk, "..");
                    disk.stopAfter(1);
                    assertThatThrownBy(() -> write(file, "AB", 0))
                            .isInstanceOf(FaultyDisk.PowerLost.class);
                    assertThatThrownBy(file::force).isInstanceOf(FaultyDisk.PowerLost.class);
                    assertThatThrownBy(disk::sync).isInstanceOf(FaultyDisk.PowerLost.class);
                    return disk.afterKill();
                });

        assertThat(outcomes).containsExactlyInAnyOrder("..", "A.", "AB");
    }

    @Test
    void fullDiskTakesOverwritesButNoGrowth() throws IOException {
        FaultyDisk disk = new FaultyDisk(1);
        DiskFile file = forced(disk, "....");
        disk.capacity(6);

        write(file, "ABCD", 0);
        assertThatThrownBy(() -> write(file, "EFG", 4)).hasMessageContaining("No space left");
        assertThat(content(disk)).isEqualTo("ABCDEF");
        disk.delete("a");
        assertThat(disk.used()).as("open files take room").isEqualTo(6);
        file.close();
        assertThat(disk.used()).isZero();
    }

    @Test
    void flippedBitsStay() throws IOException {
        FaultyDisk disk = new FaultyDisk(1);
        forced(disk, "@@");

        disk.flip("a", 1, 0);

        assertThat(content(disk)).isEqualTo("@A");
        assertThat(content(disk.afterPowerLoss())).isEqualTo("@A");
    }

    @Test
    void lockIsTakenOnceAndEndsWithTheProcess() throws IOException {
        FaultyDisk disk = new FaultyDisk(1);

        assertThat(disk.lock("lock", true)).isTrue();
        assertThat(disk.lock("lock", true)).isFalse();
        assertThat(disk.afterKill().lock("lock", true)).isTrue();
    }

    private interface Step {
        FaultyDisk run(FaultyDisk disk) throws IOException;
    }

    /** What a file named "a" may hold after the step, over many seeds. */
    private static Set<String> outcomes(Step step) {
        LongFunction<String> outcome =
                seed -> {
                    try {
                        return content(step.run(new FaultyDisk(seed)));
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                };
        Set<String> outcomes = new TreeSet<>();
        for (long seed = 0; seed < 3000; seed++) {
            outcomes.add(outcome.apply(seed));
        }
        return outcomes;
    }

    private static DiskFile forced(FaultyDisk disk, String text) throws IOException {
        DiskFile file = disk.create("a");
        write(file, text, 0);
        file.force();
        disk.sync();
        return file;
    }

    private static void write(DiskFile file, String text, long position) throws IOException {
        file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)), position);
    }

    private static String content(FaultyDisk disk) throws IOException {
        if (!disk.list().contains("a")) {
            return "none";
        }
        try (DiskFile file = disk.openReadOnly("a")) {
            ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
            file.read(bytes, 0);
            return new String(bytes.array(), StandardCharsets.ISO_8859_1);
        }
    }
}
