package io.qight.relay.flow;

import java.util.List;

/** Who asked the writer or the dispatcher, and gets the answers. */
@FunctionalInterface
public interface Caller {
    /**
     * Takes answers, in the order of what they answer; called on the answering thread, so it hands
     * them on and returns at once. All answers of one commit to one caller come in one call.
     */
    void deliver(List<Message.ToCaller> answers);
}
