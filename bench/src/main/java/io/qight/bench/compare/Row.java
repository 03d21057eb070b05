package io.qight.bench.compare;

import io.qight.load.LoadPlan;
import io.qight.load.Pace;
import java.util.List;
import java.util.Locale;

/** One work that all do: messages of 128 bytes, one sender, and one receiver or none. */
enum Row {
    SEND("pipelined send until the server's answer", 0, 0),
    END_TO_END("from send to the handler, stored and acked", 0, 1),
    PUSH_1K("push, 1,000 a second offered", 1_000, 1),
    PUSH_10K("push, 10,000 a second offered", 10_000, 1),
    DISK("4 KiB overwritten and synced", 0, 0);

    static final int PAYLOAD_BYTES = 128;

    private final String text;
    private final long perSecond;
    private final int receivers;

    Row(String text, long perSecond, int receivers) {
        this.text = text;
        this.perSecond = perSecond;
        this.receivers = receivers;
    }

    /** In options, for example {@code push-1k}. */
    String token() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** For people. */
    String text() {
        return text;
    }

    /** What is read off it. */
    List<Figure> figures() {
        return switch (this) {
            case SEND, END_TO_END -> List.of(Figure.PER_SECOND);
            case PUSH_1K, PUSH_10K -> List.of(Figure.P50, Figure.P99);
            case DISK -> List.of(Figure.PER_SECOND, Figure.P50, Figure.P99);
        };
    }

    /** What {@code qight bench} would be told; as much under way as it has by default. */
    LoadPlan plan(Effort effort) {
        return new LoadPlan(
                token(),
                perSecond > 0 ? new Pace.Open(perSecond) : Pace.Closed.ofRelay(PAYLOAD_BYTES),
                1,
                receivers,
                1,
                PAYLOAD_BYTES,
                0,
                effort.warmUp(),
                effort.duration());
    }

    @Override
    public String toString() {
        return token();
    }
}
