package io.qight.relay.flow;

import io.qight.wire.ErrorCode;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Turns any number of refusals into one line a minute for each kind. Refusing threads only count;
 * one thread asks for the lines that are due and writes them, since a log may block.
 */
public final class RefusalLog {
    /** The least time between two lines of one kind, in milliseconds. */
    public static final long INTERVAL_MILLIS = 60_000;

    private final Map<ErrorCode, Kind> kinds = new EnumMap<>(ErrorCode.class);

    /** So many more refusals; the line will tell the last one's peer and sentence. */
    public synchronized void count(ErrorCode code, String peer, String sentence, long more) {
        Kind kind = kinds.computeIfAbsent(code, any -> new Kind());
        kind.count += more;
        kind.peer = peer;
        kind.sentence = sentence;
    }

    /** The lines to write now: at once for a kind's first refusal, then at most one a minute. */
    public synchronized List<String> due(long nowMillis) {
        List<String> lines = new ArrayList<>();
        kinds.forEach((code, kind) -> {
            if (kind.count > 0 && nowMillis >= kind.nextMillis) {
                lines.add(kind.line(code));
                kind.count = 0;
                kind.nextMillis = nowMillis + INTERVAL_MILLIS;
            }
        });
        return lines;
    }

    private static final class Kind {
        long count;
        long nextMillis = Long.MIN_VALUE;
        String peer = "";
        String sentence = "";

        String line(ErrorCode code) {
            return "refused "
                    + count
                    + (count == 1 ? " time" : " times")
                    + " as "
                    + code.token()
                    + ", last to "
                    + peer
                    + ": "
                    + sentence;
        }
    }
}
