package io.qight.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.qight.identity.Protection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LoadPlanTest {
    @Test
    void whatCannotBeIsRefusedWithItsLimits() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plan(1, 1, 11))
                .withMessage("the payload's size in bytes is 12 to 9000000, not 11");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plan(1, 100_001, 128))
                .withMessage("a receiver takes at most 100000 mailboxes, not 100001");
        assertThatIllegalArgumentException().isThrownBy(() -> new Pace.Open(0));
        assertThatIllegalArgumentException().isThrownBy(() -> new Pace.Closed(0));
    }

    @Test
    void theUsualWindowIsWhatARelayTakes() {
        assertThat(Pace.Closed.ofRelay(128).window()).isEqualTo(4096);
        assertThat(Pace.Closed.ofRelay(64 << 10).window()).isEqualTo(256);
        assertThat(Pace.Closed.ofRelay(9_000_000).window()).isEqualTo(16);
    }

    @Test
    void everyMailboxHasAReceiverAndEveryReceiverAMailbox() {
        for (int[] shape : new int[][] {{1, 1}, {3, 10}, {10, 3}, {4, 4}, {7, 1}}) {
            LoadPlan plan = plan(shape[0], shape[1], 128);
            MailboxNames names = MailboxNames.random(plan);
            List<String> taken = new ArrayList<>();
            for (int i = 0; i < plan.receivers(); i++) {
                List<String> own = names.ofReceiver(i, plan);
                assertThat(own).isNotEmpty().doesNotHaveDuplicates();
                taken.addAll(own);
            }
            for (int i = 0; i < plan.mailboxes(); i++) {
                assertThat(taken).contains(names.name(i));
            }
            assertThat(taken).hasSize(Math.max(plan.receivers(), plan.mailboxes()));
        }
    }

    @Test
    void whereItIsSealedEachReceiverHasTheKeyOfItsMailbox() {
        LoadPlan plan = plan(5, 2, 128).with("sealed", Protection.NONE.withSeal());
        MailboxNames names = MailboxNames.random(plan);
        for (int i = 0; i < plan.receivers(); i++) {
            assertThat(names.ofReceiver(i, plan))
                    .containsExactly(names.identity(i).orElseThrow().key().address());
        }
        assertThat(names.name(0)).isNotEqualTo(names.name(1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plan(1, 2, 128).with("sealed", plan.protection()))
                .withMessageContaining("not more than receivers");
    }

    private static LoadPlan plan(int receivers, int mailboxes, int payloadBytes) {
        return new LoadPlan(
                "test",
                new Pace.Closed(16),
                1,
                receivers,
                mailboxes,
                payloadBytes,
                0,
                Duration.ZERO,
                Duration.ofSeconds(1));
    }
}
