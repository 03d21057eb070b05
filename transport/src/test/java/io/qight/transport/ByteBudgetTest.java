package io.qight.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qight.transport.ByteBudget.Reservation;
import io.qight.transport.ByteBudget.Share;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class ByteBudgetTest {
    private final List<String> granted = new ArrayList<>();

    private static void never() {
        throw new AssertionError("what was granted at once is not told");
    }

    private Runnable note(String name) {
        return () -> granted.add(name);
    }

    @Test
    void whatFitsIsGrantedAtOnce() {
        ByteBudget budget = new ByteBudget(100, 100);
        Share share = budget.newShare(Runnable::run);
        Reservation reservation = share.reserve(60, ByteBudgetTest::never);
        assertThat(reservation.granted()).isTrue();
        assertThat(reservation.bytes()).isEqualTo(60);
        assertThat(budget.heldBytes()).isEqualTo(60);
        assertThat(share.heldBytes()).isEqualTo(60);
        reservation.release();
        reservation.release();
        assertThat(budget.heldBytes()).isZero();
        assertThat(share.heldBytes()).isZero();
        assertThat(budget.highestHeldBytes()).isEqualTo(60);
        assertThat(budget.capacityBytes()).isEqualTo(100);
    }

    @Test
    void whatDoesNotFitWaitsForRoom() {
        ByteBudget budget = new ByteBudget(100, 100);
        Reservation first = budget.newShare(Runnable::run).reserve(60, ByteBudgetTest::never);
        Reservation second = budget.newShare(Runnable::run).reserve(50, note("second"));
        assertThat(second.granted()).isFalse();
        assertThat(budget.waiting()).isEqualTo(1);
        assertThat(granted).isEmpty();
        first.release();
        assertThat(granted).containsExactly("second");
        assertThat(second.granted()).isTrue();
        assertThat(budget.waiting()).isZero();
        assertThat(budget.heldBytes()).isEqualTo(50);
    }

    @Test
    void largeOneIsNotOvertakenBySmallOnes() {
        ByteBudget budget = new ByteBudget(100, 100);
        Reservation first = budget.newShare(Runnable::run).reserve(30, ByteBudgetTest::never);
        budget.newShare(Runnable::run).reserve(90, note("large"));
        Reservation small = budget.newShare(Runnable::run).reserve(10, note("small"));
        assertThat(small.granted()).as("there is room, but it is not its turn").isFalse();
        first.release();
        assertThat(granted).containsExactly("large", "small");
        assertThat(budget.heldBytes()).isEqualTo(100);
    }

    @Test
    void oneShareCannotHoldEverything() {
        ByteBudget budget = new ByteBudget(100, 40);
        Share greedy = budget.newShare(Runnable::run);
        Reservation first = greedy.reserve(30, ByteBudgetTest::never);
        greedy.reserve(20, note("greedy"));
        Reservation other = budget.newShare(Runnable::run).reserve(40, ByteBudgetTest::never);
        assertThat(other.granted()).as("who waits for its own share holds up nobody").isTrue();
        first.release();
        assertThat(granted).containsExactly("greedy");
    }

    @Test
    void withinAShareTheOrderIsKept() {
        ByteBudget budget = new ByteBudget(100, 40);
        Share share = budget.newShare(Runnable::run);
        Reservation first = share.reserve(30, ByteBudgetTest::never);
        Reservation second = share.reserve(40, note("second"));
        share.reserve(5, note("third"));
        assertThat(granted).isEmpty();
        first.release();
        assertThat(granted).containsExactly("second");
        second.release();
        assertThat(granted).containsExactly("second", "third");
    }

    @Test
    void oneAboveTheShareIsGrantedWhileTheShareHoldsNothing() {
        ByteBudget budget = new ByteBudget(100, 40);
        Share share = budget.newShare(Runnable::run);
        Reservation large = share.reserve(90, ByteBudgetTest::never);
        assertThat(large.granted()).isTrue();
        share.reserve(1, note("after"));
        assertThat(granted).isEmpty();
        large.release();
        assertThat(granted).containsExactly("after");
        share.reserve(90, note("never"));
        assertThat(granted).containsExactly("after");
    }

    @Test
    void moreThanEverythingIsRefused() {
        Share share = new ByteBudget(100, 40).newShare(Runnable::run);
        assertThatThrownBy(() -> share.reserve(101, ByteBudgetTest::never))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> share.reserve(-1, ByteBudgetTest::never))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ByteBudget(10, 11))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatIsReleasedWhileItWaitsIsNotGranted() {
        ByteBudget budget = new ByteBudget(100, 100);
        Reservation first = budget.newShare(Runnable::run).reserve(60, ByteBudgetTest::never);
        Reservation large = budget.newShare(Runnable::run).reserve(90, note("large"));
        budget.newShare(Runnable::run).reserve(40, note("small"));
        large.release();
        assertThat(granted).as("nothing is before it any more").containsExactly("small");
        first.release();
        assertThat(granted).containsExactly("small");
        assertThat(budget.heldBytes()).isEqualTo(40);
        assertThat(budget.waiting()).isZero();
    }

    @Test
    void grantIsToldOnTheSharesExecutorAndNotAfterARelease() {
        Queue<Runnable> tasks = new ArrayDeque<>();
        ByteBudget budget = new ByteBudget(100, 100);
        Reservation first = budget.newShare(Runnable::run).reserve(100, ByteBudgetTest::never);
        Reservation second = budget.newShare(tasks::add).reserve(50, note("second"));
        Reservation third = budget.newShare(tasks::add).reserve(50, note("third"));
        first.release();
        assertThat(budget.heldBytes()).as("theirs already").isEqualTo(100);
        assertThat(second.granted()).as("not told yet").isFalse();
        second.release();
        assertThat(budget.heldBytes()).isEqualTo(50);
        tasks.forEach(Runnable::run);
        assertThat(granted).containsExactly("third");
        assertThat(third.granted()).isTrue();
    }

    @Test
    void whatCannotBeToldIsGivenBack() {
        ByteBudget budget = new ByteBudget(100, 100);
        Reservation first = budget.newShare(Runnable::run).reserve(100, ByteBudgetTest::never);
        budget.newShare(
                        task -> {
                            throw new RejectedExecutionException("shut down");
                        })
                .reserve(60, note("lost"));
        budget.newShare(Runnable::run).reserve(60, note("next"));
        first.release();
        assertThat(granted).containsExactly("next");
        assertThat(budget.heldBytes()).isEqualTo(60);
    }

    /** Against a model: the oldest that its share lets through, if it fits, else nobody. */
    @Test
    void randomReservationsFollowTheRules() {
        int cases = 200 * Integer.getInteger("qight.effort", 1);
        for (int i = 0; i < cases; i++) {
            long seed = Long.getLong("qight.seed", new Random().nextLong());
            try {
                randomCase(new Random(seed));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("rerun with -Dqight.seed=" + seed, e);
            }
        }
    }

    private static void randomCase(Random random) {
        int capacity = 1 + random.nextInt(100);
        int shareMax = 1 + random.nextInt(capacity);
        ByteBudget budget = new ByteBudget(capacity, shareMax);
        int shares = 1 + random.nextInt(5);
        List<Share> real = new ArrayList<>();
        for (int i = 0; i < shares; i++) {
            real.add(budget.newShare(Runnable::run));
        }
        List<Integer> owner = new ArrayList<>();
        List<Reservation> all = new ArrayList<>();
        NavigableSet<Integer> waitingModel = new TreeSet<>();
        long[] heldModel = new long[shares];
        List<Boolean> grantedModel = new ArrayList<>();
        for (int step = 0; step < 300; step++) {
            boolean release = !all.isEmpty() && random.nextBoolean();
            if (release) {
                int chosen = random.nextInt(all.size());
                all.get(chosen).release();
                if (!waitingModel.remove(chosen) && grantedModel.get(chosen)) {
                    heldModel[owner.get(chosen)] -= all.get(chosen).bytes();
                }
                grantedModel.set(chosen, false);
            } else {
                int share = random.nextInt(shares);
                owner.add(share);
                all.add(real.get(share).reserve(random.nextInt(capacity + 1), () -> {}));
                waitingModel.add(all.size() - 1);
                grantedModel.add(false);
            }
            grantModel(capacity, shareMax, owner, all, waitingModel, heldModel, grantedModel);
            long held = 0;
            for (int i = 0; i < shares; i++) {
                assertThat(real.get(i).heldBytes()).isEqualTo(heldModel[i]);
                held += heldModel[i];
            }
            assertThat(budget.heldBytes()).isEqualTo(held).isLessThanOrEqualTo(capacity);
            assertThat(budget.waiting()).isEqualTo(waitingModel.size());
            for (int i = 0; i < all.size(); i++) {
                assertThat(all.get(i).granted()).isEqualTo(grantedModel.get(i));
            }
        }
    }

    private static void grantModel(
            long capacity,
            long shareMax,
            List<Integer> owner,
            List<Reservation> all,
            NavigableSet<Integer> waiting,
            long[] held,
            List<Boolean> granted) {
        while (true) {
            Set<Integer> sharesSeen = new HashSet<>();
            Optional<Integer> next =
                    waiting.stream()
                            .filter(i -> sharesSeen.add(owner.get(i)))
                            .filter(i ->
                                    held[owner.get(i)] == 0
                                            || held[owner.get(i)] + all.get(i).bytes() <= shareMax)
                            .findFirst();
            if (next.isEmpty()
                    || Arrays.stream(held).sum() + all.get(next.get()).bytes() > capacity) {
                return;
            }
            waiting.remove(next.get());
            held[owner.get(next.get())] += all.get(next.get()).bytes();
            granted.set(next.get(), true);
        }
    }

    @Test
    void manyThreadsNeverHoldMoreThanTheBudgetAndAllGetTheirTurn() throws Exception {
        int rounds = 3000 * Integer.getInteger("qight.effort", 1);
        ByteBudget budget = new ByteBudget(1000, 300);
        AtomicLong held = new AtomicLong();
        AtomicLong turns = new AtomicLong();
        int threads = 8;
        List<ExecutorService> executors = new ArrayList<>();
        List<CompletableFuture<Void>> done = new ArrayList<>();
        ExecutorService holders = Executors.newFixedThreadPool(threads);
        executors.add(holders);
        try {
            for (int t = 0; t < threads; t++) {
                ExecutorService executor = Executors.newSingleThreadExecutor();
                executors.add(executor);
                Share share = budget.newShare(executor);
                Random random = new Random(t);
                done.add(
                        CompletableFuture.runAsync(
                                () -> hold(share, random, rounds, held, turns), holders));
            }
            for (CompletableFuture<Void> each : done) {
                each.get(60, TimeUnit.SECONDS);
            }
        } finally {
            executors.forEach(ExecutorService::shutdownNow);
        }
        assertThat(turns.get()).isEqualTo((long) threads * rounds);
        assertThat(budget.heldBytes()).isZero();
        assertThat(budget.waiting()).isZero();
        assertThat(budget.highestHeldBytes()).isLessThanOrEqualTo(1000);
    }

    private static void hold(
            Share share, Random random, int rounds, AtomicLong held, AtomicLong turns) {
        for (int i = 0; i < rounds; i++) {
            int bytes = 1 + random.nextInt(1000);
            Semaphore told = new Semaphore(0);
            Reservation reservation = share.reserve(bytes, told::release);
            if (!reservation.granted()) {
                if (random.nextInt(8) == 0) {
                    reservation.release();
                    turns.incrementAndGet();
                    continue;
                }
                await(told);
            }
            if (held.addAndGet(bytes) > 1000) {
                throw new AssertionError("more is held than there is");
            }
            held.addAndGet(-bytes);
            reservation.release();
            turns.incrementAndGet();
        }
    }

    private static void await(Semaphore told) {
        try {
            if (!told.tryAcquire(30, TimeUnit.SECONDS)) {
                throw new AssertionError("never granted");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
