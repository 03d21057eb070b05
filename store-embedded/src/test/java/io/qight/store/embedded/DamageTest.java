package io.qight.store.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.qight.store.Operation;
import io.qight.store.Outcome;
import io.qight.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class DamageTest {
    private static final EmbeddedStoreConfig CONFIG =
            EmbeddedStoreConfig.defaults().withSegmentBytes(64 << 10);

    private FaultyDisk disk = new FaultyDisk(1);

    @Test
    void tornEndIsCutOff() throws IOException {
        EmbeddedStore store = open();
        commit(store, 1, 100);
        commit(store, 1, 100);
        int end = endOfLog();
        kill();
        disk.flip(segment(), end - 64, 0);

        assertThat(open().statistics().waiting()).isEqualTo(1);
    }

    @Test
    void damageBelowWhatWasSyncedStopsTheOpenAndIsNamed() throws IOException {
        EmbeddedStore store = open();
        commit(store, 1, 100);
        int second = endOfLog();
        commit(store, 1, 100);
        commit(store, 1, 100);
        kill();
        disk.flip(segment(), second + 70, 5);

        assertThatThrownBy(this::open)
                .isInstanceOf(StoreException.Damaged.class)
                .hasMessageContaining(segment())
                .hasMessageContaining("offset " + second);
        StoreReport report = StoreCheck.run(disk);
        assertThat(report.damages())
                .extracting(StoreReport.Damage::file, StoreReport.Damage::offset)
                .containsExactly(tuple(disk.describe(segment()), (long) second));
        assertThat(report.waiting()).isEqualTo(2);
    }

    @Test
    void damagedFirstBatchIsFound() throws IOException {
        EmbeddedStore store = open();
        commit(store, 1, 100);
        commit(store, 1, 100);
        kill();
        disk.flip(segment(), 64 + 20, 5);

        assertThatThrownBy(this::open)
                .isInstanceOf(StoreException.Damaged.class)
                .hasMessageContaining("offset 64");
    }

    @Test
    void segmentWithoutItsEndIsDamaged() throws IOException {
        EmbeddedStore store = open();
        commit(store, 1, 2000);
        String first = segment();
        for (int i = 0; i < 100; i++) {
            commit(store, 1, 2000);
        }
        kill();
        List<StoreReport.SegmentReport> segments = StoreCheck.run(disk).segments();
        int end = (int) segments.get(0).usedBytes();
        disk.flip(first, end - 64, 1);

        assertThatThrownBy(this::open)
                .isInstanceOf(StoreException.Damaged.class)
                .hasMessageContaining(disk.describe(first))
                .hasMessageContaining("offset " + (end - 64));
    }

    @Test
    void missingSegmentIsNamed() throws IOException {
        EmbeddedStore store = open();
        commit(store, 1, 100);
        String name = segment();
        kill();
        disk.delete(name);

        assertThatThrownBy(this::open)
                .isInstanceOf(StoreException.Damaged.class)
                .hasMessageContaining(disk.describe(name));
    }

    @Test
    void damagedEnvelopeIsNamedWhenItIsReadAndOthersAreReadOn() throws IOException {
        EmbeddedStore store = open();
        commit(store, 1, 100);
        int second = endOfLog();
        commit(store, 1, 100);
        disk.flip(segment(), second + 150, 2);

        assertThat(store.read("bob", 0, 1, 1000)).hasSize(1);
        assertThatThrownBy(() -> store.read("bob", 1, 1, 1000))
                .isInstanceOf(StoreException.Damaged.class)
                .hasMessageContaining(disk.describe(segment()))
                .hasMessageContaining("offset " + (second + 64));
    }

    @Test
    void flippedBitInTheManifestIsDamage() throws IOException {
        commit(open(), 1, 100);
        for (int position : new int[] {20, 61, 70, disk.size(Manifest.NAME) - 1}) {
            disk = disk.afterKill();
            disk.flip(Manifest.NAME, position, 4);
            assertThatThrownBy(this::open)
                    .isInstanceOf(StoreException.Damaged.class)
                    .hasMessageContaining(disk.describe(Manifest.NAME));
            disk.flip(Manifest.NAME, position, 4);
        }
        assertThat(open().statistics().waiting()).isEqualTo(1);
    }

    @Test
    void foreignManifestIsNoStore() throws IOException {
        commit(open(), 1, 100);
        kill();
        disk.flip(Manifest.NAME, 0, 4);

        assertThatThrownBy(this::open)
                .isInstanceOf(StoreException.CannotOpen.class)
                .hasMessageContaining("no file of a Qight store");
    }

    @Test
    void newerVersionIsNotOpened() throws IOException {
        commit(open(), 1, 100);
        kill();
        DiskFile file = disk.open(Manifest.NAME);
        ByteBuffer header = Format.direct(64);
        file.read(header, 0);
        header.putInt(8, 2).putInt(60, Format.checksum(new CRC32C(), header, 0, 60));
        file.write(header.clear(), 0);

        assertThatThrownBy(this::open)
                .isInstanceOf(StoreException.CannotOpen.class)
                .hasMessageContaining("format version 2");
    }

    @Test
    void logWithoutManifestIsNotOpened() throws IOException {
        commit(open(), 1, 100);
        kill();
        disk.delete(Manifest.NAME);

        assertThatThrownBy(this::open)
                .isInstanceOf(StoreException.CannotOpen.class)
                .hasMessageContaining("is missing");
    }

    @Test
    void segmentOfAnotherStoreIsNotOpened() throws IOException {
        commit(open(), 1, 100);
        String name = segment();
        kill();
        DiskFile file = disk.open(name);
        file.write(new FileHeader(FileHeader.Kind.SEGMENT, 1, 2, 1, 0, 0).encode(), 0);

        assertThatThrownBy(this::open)
                .isInstanceOf(StoreException.CannotOpen.class)
                .hasMessageContaining("belongs to another store");
    }

    @Test
    void secondOpenIsRefused() {
        open();

        assertThatThrownBy(this::open)
                .isInstanceOf(StoreException.CannotOpen.class)
                .hasMessageContaining("in use");
        assertThatThrownBy(() -> StoreCheck.run(disk))
                .isInstanceOf(StoreException.CannotOpen.class)
                .hasMessageContaining("in use");
    }

    @Test
    void failedSyncEndsWritingAndReadingGoesOn() {
        EmbeddedStore store = open();
        commit(store, 1, 100);
        disk.failOnce(FaultyDisk.Kind.FORCE, 0);

        assertThatThrownBy(() -> commit(store, 1, 100)).isInstanceOf(StoreException.Failed.class);
        assertThatThrownBy(() -> commit(store, 1, 100)).isInstanceOf(StoreException.Failed.class);
        assertThat(store.read("bob", 0, 10, 1000)).hasSize(1);
        assertThat(store.statistics().waiting()).isEqualTo(1);
    }

    @Test
    void checkOfAWholeStoreTellsWhatIsInIt() throws IOException {
        EmbeddedStore store = open();
        for (int i = 0; i < 200; i++) {
            commit(store, 5, 500);
        }
        store.close();

        StoreReport report = StoreCheck.run(disk);

        assertThat(report.isWhole()).isTrue();
        assertThat(report.waiting()).isEqualTo(1000);
        assertThat(report.waitingBytes()).isEqualTo(500_000);
        assertThat(report.mailboxes())
                .containsExactly(new StoreReport.MailboxReport("bob", 1000, 500_000));
        assertThat(report.checkpoint()).isPresent();
        assertThat(report.segments().stream().mapToLong(StoreReport.SegmentReport::live).sum())
                .isEqualTo(1000);
    }

    private EmbeddedStore open() {
        return EmbeddedStore.open(disk, CONFIG, Runnable::run);
    }

    private void kill() {
        disk = disk.afterKill();
    }

    /** The segment that was written last. */
    private String segment() throws IOException {
        String last = "";
        for (Manifest.Entry entry : Manifest.read(disk).entries()) {
            if (endOf(entry.id()) > Format.FILE_HEADER_BYTES) {
                last = Preparation.fileName(entry.id());
            }
        }
        return last;
    }

    /** Where the next batch goes, if the active segment has room. */
    private int endOfLog() throws IOException {
        String name = segment();
        return endOf(Integer.parseInt(name.substring(8, name.length() - 4)));
    }

    private int endOf(int id) throws IOException {
        try (DiskFile file = disk.openReadOnly(Preparation.fileName(id))) {
            SegmentScanner scanner = new SegmentScanner(file, id);
            while (scanner.next()) {
                assertThat(scanner.header().segment()).isEqualTo(id);
            }
            return scanner.end();
        }
    }

    private static void commit(EmbeddedStore store, int count, int bytes) {
        List<Operation> batch = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            batch.add(
                    new Operation.Append("bob", (byte) 0, 1, 2, ByteBuffer.allocate(bytes), null));
        }
        assertThat(store.commit(batch)).allMatch(outcome -> outcome instanceof Outcome.Stored);
    }
}
