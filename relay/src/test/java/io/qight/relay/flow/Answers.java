package io.qight.relay.flow;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A caller that keeps its answers, call by call. */
final class Answers implements Caller {
    private final BlockingQueue<List<Message.ToCaller>> calls = new LinkedBlockingQueue<>();
    private final List<Message.ToCaller> taken = new ArrayList<>();

    @Override
    public void deliver(List<Message.ToCaller> answers) {
        calls.add(List.copyOf(answers));
    }

    /** The next call's answers. */
    List<Message.ToCaller> nextCall() throws InterruptedException {
        List<Message.ToCaller> call = calls.poll(10, TimeUnit.SECONDS);
        if (call == null) {
            throw new AssertionError("no answer within 10 s");
        }
        return call;
    }

    /** The next answer. */
    Message.ToCaller next() throws InterruptedException {
        if (taken.isEmpty()) {
            taken.addAll(nextCall());
        }
        return taken.remove(0);
    }

    /** Whether nothing was delivered that was not taken. */
    boolean none() {
        return calls.isEmpty() && taken.isEmpty();
    }
}
