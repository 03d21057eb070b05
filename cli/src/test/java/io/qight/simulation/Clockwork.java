package io.qight.simulation;

import io.qight.relay.flow.SteppedRelay;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** Virtual time: what is to happen, by its time, and by who asked first where that is the same. */
final class Clockwork implements SteppedRelay.Time {
    private record Task(long atMillis, long order, Runnable task) implements Comparable<Task> {
        @Override
        public int compareTo(Task other) {
            return atMillis == other.atMillis
                    ? Long.compare(order, other.order)
                    : Long.compare(atMillis, other.atMillis);
        }
    }

    private final PriorityQueue<Task> tasks = new PriorityQueue<>();
    private long nowMillis;
    private long order;
    private @Nullable AssertionError broken;

    @Override
    public long now() {
        return nowMillis;
    }

    @Override
    public void after(long millis, Runnable task) {
        tasks.add(new Task(nowMillis + Math.max(0, millis), order++, task));
    }

    /** Lets happen what happens within so long. */
    void run(long millis) {
        long endMillis = nowMillis + millis;
        for (Task next = tasks.peek();
                next != null && next.atMillis <= endMillis;
                next = tasks.peek()) {
            tasks.remove();
            nowMillis = next.atMillis;
            next.task.run();
            if (broken != null) {
                throw broken;
            }
        }
        nowMillis = endMillis;
    }

    /** Ends all, where what happens now may keep an exception for itself. */
    void fail(AssertionError why) {
        broken = broken == null ? why : broken;
    }
}
