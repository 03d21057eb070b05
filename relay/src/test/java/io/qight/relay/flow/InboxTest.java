package io.qight.relay.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class InboxTest {
    private final Inbox<String> inbox = new Inbox<>(2);

    @Test
    void newWorkIsRefusedAboveTheBound() throws InterruptedException {
        assertThat(inbox.offer("a")).isTrue();
        assertThat(inbox.offer("b")).isTrue();
        assertThat(inbox.offer("c")).isFalse();
        assertThat(inbox.take(0)).isEqualTo("a");
        assertThat(inbox.offer("c")).isTrue();
    }

    @Test
    void workTakenOnAlwaysFits() {
        inbox.offer("a");
        inbox.offer("b");
        assertThat(inbox.add("c")).isTrue();
        assertThat(inbox.size()).isEqualTo(3);
    }

    @Test
    void closedInboxTakesNothingAndGivesTheRest() throws InterruptedException {
        inbox.offer("a");
        inbox.close();
        assertThat(inbox.offer("b")).isFalse();
        assertThat(inbox.add("b")).isFalse();
        assertThat(inbox.done()).isFalse();
        assertThat(inbox.take(1000)).isEqualTo("a");
        assertThat(inbox.done()).isTrue();
        assertThat(inbox.take(100_000)).isNull();
    }

    @Test
    void takerIsWokenByWhatComes() throws Exception {
        CompletableFuture<String> taken =
                CompletableFuture.supplyAsync(() -> {
                    try {
                        return String.valueOf(inbox.take(60_000));
                    } catch (InterruptedException e) {
                        return "interrupted";
                    }
                });
        inbox.offer("a");
        assertThat(taken.get(10, TimeUnit.SECONDS)).isEqualTo("a");
    }
}
