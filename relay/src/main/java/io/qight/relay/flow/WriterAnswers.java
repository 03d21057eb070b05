package io.qight.relay.flow;

import io.qight.relay.outbox.ReceiptRun;
import io.qight.relay.outbox.SendEntry.Refusal;
import io.qight.relay.outbox.SendGroup;
import io.qight.store.Outcome;
import io.qight.wire.ErrorCode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gathers the writer's answers, one call for each caller, and releases reservations. What it says
 * of a commit is said after the commit has returned.
 */
final class WriterAnswers {
    private static final Logger LOG = LoggerFactory.getLogger(WriterAnswers.class);

    private final Map<Caller, List<Message.ToCaller>> byCaller = new LinkedHashMap<>();
    private final Map<StreamKey, StreamReceipts> receipts = new LinkedHashMap<>();

    /** The commit that holds it has returned. */
    void committed(Message.ToWriter message) {
        add(message.caller(), new Message.Committed(message.request()));
    }

    /** The commit has returned, with these outcomes. */
    void changed(Message.Change change, List<Outcome> outcomes) {
        add(change.caller(), new Message.Changed(change.request(), List.copyOf(outcomes)));
    }

    /** The commit has returned, with this outcome. */
    void appended(Message.Append append, Outcome outcome) {
        if (outcome instanceof Outcome.Refused refused) {
            refused(append, refused.code(), refused.code().sentence());
        } else {
            append.reservation().release();
            committed(append);
        }
    }

    /** It was not carried out. */
    void refused(Message.ToWriter message, ErrorCode code, String sentence) {
        if (message instanceof Message.Append append) {
            append.reservation().release();
        } else if (message instanceof Message.KeepRule keep) {
            kept(keep, Optional.of(new Refusal(code, sentence)));
            return;
        }
        add(message.caller(), new Message.NotCommitted(message.request(), code, sentence));
    }

    /** Whether it was carried out is not known. */
    void unknown(Message.ToWriter message) {
        refused(message, ErrorCode.OUTCOME_UNKNOWN, ErrorCode.OUTCOME_UNKNOWN.sentence());
    }

    /** The commit has returned that keeps the rule, or it was refused. */
    void kept(Message.KeepRule keep, Optional<Refusal> refusal) {
        add(keep.caller(), new Message.RuleKept(keep.request(), refusal));
    }

    /** What became of one group of SENDs; those of one stream are joined. */
    void receipts(Message.Sends sends, List<ReceiptRun> runs) {
        sends.reservation().release();
        StreamReceipts of =
                receipts.computeIfAbsent(StreamKey.of(sends), any -> new StreamReceipts());
        of.groups++;
        runs.forEach(run -> SendGroup.add(of.runs, run));
    }

    /** The stream is over, once it has its receipts. */
    void end(StreamKey stream, ErrorCode code, String sentence) {
        add(stream.caller(), new Message.EndStream(stream.stream(), code, sentence));
    }

    /** Hands all of them over. */
    void deliver() {
        Map<Caller, List<Message.ToCaller>> all = new LinkedHashMap<>();
        receipts.forEach((stream, of) ->
                all.computeIfAbsent(stream.caller(), any -> new ArrayList<>())
                        .add(new Message.Receipts(stream.stream(), of.groups, of.runs)));
        byCaller.forEach((caller, answers) ->
                all.computeIfAbsent(caller, any -> new ArrayList<>()).addAll(answers));
        all.forEach((caller, answers) -> {
            try {
                caller.deliver(answers);
            } catch (RuntimeException e) {
                // One caller's defect is not the others'.
                LOG.error("an answer could not be delivered", e);
            }
        });
    }

    private void add(Caller caller, Message.ToCaller answer) {
        byCaller.computeIfAbsent(caller, any -> new ArrayList<>()).add(answer);
    }

    private static final class StreamReceipts {
        final List<ReceiptRun> runs = new ArrayList<>();
        int groups;
    }
}
