package io.qight.relay.grants;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.relay.access.SenderQuota;
import io.qight.relay.outbox.SendPermits.Hold;
import io.qight.relay.outbox.Sender;
import io.qight.store.OutboxId;
import io.qight.transport.AddressPrefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Whose envelopes wait, against a count of each. */
class HoldingsTest {
    private record Waiting(String mailbox, Sender sender, int bytes) {}

    @Test
    void theCountIsExact() {
        long seed = Long.getLong("qight.seed", System.nanoTime());
        Random random = new Random(seed);
        Holdings holdings = new Holdings(new SenderQuota(40, 400, 40, 400));
        List<Sender> senders = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            senders.add(
                    new Sender(new AddressPrefix(false, i % 3), new OutboxId(0, i % 4 + i % 2)));
        }
        TreeMap<Long, Waiting> waiting = new TreeMap<>();
        long sequence = 0;
        for (int i = 0; i < 20_000 * Integer.getInteger("qight.effort", 1); i++) {
            if (random.nextInt(100) < (i / 500 % 2 == 0 ? 70 : 30)) {
                Sender sender = senders.get(random.nextInt(senders.size()));
                Waiting one = new Waiting("m" + random.nextInt(2), sender, random.nextInt(60));
                Optional<Hold> hold =
                        holdings.hold(
                                sender.address(),
                                Optional.of(sender.outbox()),
                                one.mailbox,
                                one.bytes);
                assertThat(hold.isPresent()).as("seed %s", seed).isEqualTo(fits(waiting, one));
                if (hold.isPresent() && random.nextInt(10) > 0) {
                    sequence += 1 + random.nextInt(3);
                    hold.get().stored(sequence);
                    waiting.put(sequence, one);
                } else {
                    hold.ifPresent(Hold::notStored);
                }
            } else if (!waiting.isEmpty()) {
                long aim = random.nextInt(4) > 0 ? waiting.firstKey() : near(waiting, random);
                Waiting aimed = Objects.requireNonNull(waiting.remove(aim));
                holdings.removed(aimed.mailbox, aim);
            }
        }
        waiting.forEach((left, one) -> holdings.removed(one.mailbox, left));
        assertThat(holdings.mailboxes()).as("seed %s", seed).isZero();
    }

    private static long near(NavigableMap<Long, Waiting> waiting, Random random) {
        long between = waiting.lastKey() - waiting.firstKey() + 1;
        return waiting.floorKey(waiting.firstKey() + random.nextLong(between));
    }

    private static boolean fits(Map<Long, Waiting> waiting, Waiting one) {
        long envelopes = 0;
        long bytes = 0;
        long outboxEnvelopes = 0;
        long outboxBytes = 0;
        for (Waiting other : waiting.values()) {
            if (!other.mailbox.equals(one.mailbox)) {
                continue;
            }
            if (other.sender.address().equals(one.sender.address())) {
                envelopes++;
                bytes += other.bytes;
            }
            if (other.sender.outbox().equals(one.sender.outbox())) {
                outboxEnvelopes++;
                outboxBytes += other.bytes;
            }
        }
        return Math.max(envelopes, outboxEnvelopes) < 40
                && Math.max(bytes, outboxBytes) + one.bytes <= 400;
    }
}
