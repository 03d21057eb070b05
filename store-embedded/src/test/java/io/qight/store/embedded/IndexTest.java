package io.qight.store.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.store.Expired;
import io.qight.store.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class IndexTest {
    private record Entry(int slot, int offset, int bytes, long deadline) {}

    private final Index index = new Index();
    private final Blocks.Place place = new Blocks.Place();
    private final List<TreeMap<Long, Entry>> model = new ArrayList<>();

    @Test
    void indexIsAPlainMapOfSortedMaps() {
        Seeds.each(30, seed -> new IndexTest().work(new Random(seed)));
    }

    @Test
    void millionEntriesAreTakenOutOfTheMiddle() {
        Mailbox mailbox = index.create("bob", 1);
        int count = 1_000_000;
        for (long sequence = 1; sequence <= count; sequence++) {
            index.put(mailbox, sequence, place.set(1, 64, 1, sequence));
        }
        for (long sequence = count / 2; sequence > 0; sequence--) {
            index.remove(mailbox, index.find(mailbox, sequence));
            index.remove(mailbox, index.find(mailbox, count + 1 - sequence));
        }

        assertThat(index.waiting()).isZero();
        assertThat(mailbox.size()).isZero();
        assertThat(index.expired(Long.MAX_VALUE, 1).nextMillis()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void sequencesFarApartAreKept() {
        Mailbox mailbox = index.create("bob", 1);
        for (long sequence : new long[] {1, 1L << 32, 1L << 33, (1L << 33) + 1, 1L << 62}) {
            index.put(mailbox, sequence, place.set(1, 64, 1, sequence));
        }

        List<Long> found = new ArrayList<>();
        for (long at = index.findAbove(mailbox, 0); at >= 0; at = index.next(mailbox, at)) {
            found.add(index.sequence(mailbox, at));
        }
        assertThat(found).containsExactly(1L, 1L << 32, 1L << 33, (1L << 33) + 1, 1L << 62);
    }

    private void work(Random random) {
        int mailboxes = 1 + random.nextInt(6);
        for (int i = 0; i < mailboxes; i++) {
            index.create("mailbox-" + i, i);
            model.add(new TreeMap<>());
        }
        long next = 1;
        for (int step = 0; step < 3000; step++) {
            int which = random.nextInt(mailboxes);
            Mailbox mailbox = mailbox(which);
            NavigableMap<Long, Entry> entries = model.get(which);
            boolean growing = step / 500 % 2 == 0;
            if (random.nextInt(10) < (growing ? 7 : 3)) {
                // Mostly the highest yet; sometimes one between, as when a copy is read.
                next += 1 + random.nextInt(3);
                long sequence = random.nextInt(8) == 0 ? 1 + random.nextInt((int) next) : next;
                if (model.stream().noneMatch(map -> map.containsKey(sequence))) {
                    put(mailbox, entries, sequence, random);
                }
            } else if (!entries.isEmpty()) {
                Long sequence = entries.ceilingKey(1L + random.nextInt((int) next));
                take(mailbox, entries, sequence == null ? entries.firstKey() : sequence);
            }
            if (step % 100 == 0) {
                check(random);
            }
        }
        check(random);
    }

    private Mailbox mailbox(int which) {
        Mailbox mailbox = index.mailbox("mailbox-" + which);
        if (mailbox == null) {
            throw new AssertionError("the mailbox is gone");
        }
        return mailbox;
    }

    private void put(
            Mailbox mailbox, NavigableMap<Long, Entry> entries, long sequence, Random random) {
        Entry entry =
                new Entry(
                        random.nextInt(Segments.MAX),
                        random.nextInt() >>> 1,
                        random.nextInt(1000),
                        random.nextInt(10_000));
        index.put(
                mailbox,
                sequence,
                place.set(entry.slot, entry.offset, entry.bytes, entry.deadline));
        entries.put(sequence, entry);
    }

    private void take(Mailbox mailbox, NavigableMap<Long, Entry> entries, long sequence) {
        index.remove(mailbox, index.find(mailbox, sequence));
        entries.remove(sequence);
        assertThat(index.find(mailbox, sequence)).isNegative();
    }

    private void check(Random random) {
        long waiting = 0;
        long bytes = 0;
        List<Expired.Key> due = new ArrayList<>();
        long now = random.nextInt(10_000);
        long next = Long.MAX_VALUE;
        for (int i = 0; i < model.size(); i++) {
            Mailbox mailbox = mailbox(i);
            long at = index.findAbove(mailbox, 0);
            for (Map.Entry<Long, Entry> expected : model.get(i).entrySet()) {
                Entry entry = expected.getValue();
                assertThat(index.sequence(mailbox, at)).isEqualTo(expected.getKey());
                index.place(mailbox, at, place);
                assertThat(
                                new Entry(
                                        place.slot,
                                        place.offset,
                                        place.envelopeBytes,
                                        place.deadlineMillis))
                        .isEqualTo(entry);
                waiting++;
                bytes += entry.bytes;
                if (entry.deadline <= now) {
                    due.add(new Expired.Key(mailbox.name, expected.getKey()));
                } else {
                    next = Math.min(next, entry.deadline);
                }
                at = index.next(mailbox, at);
            }
            assertThat(at).isNegative();
        }
        assertThat(index.waiting()).isEqualTo(waiting);
        assertThat(index.waitingBytes()).isEqualTo(bytes);
        Expired expired = index.expired(now, Integer.MAX_VALUE);
        assertThat(expired.envelopes()).containsExactlyInAnyOrderElementsOf(due);
        assertThat(expired.nextMillis()).isGreaterThan(now).isLessThanOrEqualTo(next);
        // A look may come too early, for what is gone meanwhile, but not again and again.
        long look = expired.nextMillis();
        while (look < next) {
            look = index.expired(look, Integer.MAX_VALUE).nextMillis();
        }
        assertThat(look).isEqualTo(next);
        assertThat(index.expired(now, due.size() / 2).envelopes()).hasSize(due.size() / 2);
    }
}
