package io.qight.client.v0;

import io.qight.wire.Limits;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which request may begin when: in the order they came, at most {@link Limits#REQUESTS_MAX} open
 * and about {@link #OPEN_BYTES_MAX} of envelopes in them, and a FETCH open alone.
 *
 * <p>Alone, because the relay removes what an answer to FETCH carried when the connection's next
 * request reaches it: a request that began before the whole answer is here could remove what will
 * never arrive. Pure; belongs to one thread.
 */
final class RequestQueue {
    /** Envelopes of open SENDs, in bytes; one larger than the rest of it goes alone. */
    static final long OPEN_BYTES_MAX = 32L << 20;

    private final Set<PendingRequest<?>> waiting = new LinkedHashSet<>();
    private final Set<PendingRequest<?>> open = new LinkedHashSet<>();
    private long openBytes;
    private boolean fetching;

    void add(PendingRequest<?> request) {
        waiting.add(request);
    }

    /** The next that may begin now, which counts as open from here on. */
    @Nullable PendingRequest<?> next() {
        Iterator<PendingRequest<?>> first = waiting.iterator();
        if (!first.hasNext()) {
            return null;
        }
        PendingRequest<?> request = first.next();
        if (!mayBegin(request)) {
            return null;
        }
        first.remove();
        open.add(request);
        openBytes += request.envelopeBytes();
        fetching = request.fetches();
        return request;
    }

    /** Forgets a request, wherever it stands. */
    void remove(PendingRequest<?> request) {
        if (open.remove(request)) {
            openBytes -= request.envelopeBytes();
            if (request.fetches()) {
                fetching = false;
            }
        } else {
            waiting.remove(request);
        }
    }

    /** Whether a FETCH is open. */
    boolean fetching() {
        return fetching;
    }

    /** All that it knows, the open ones first. */
    List<PendingRequest<?>> all() {
        List<PendingRequest<?>> all = new ArrayList<>(open);
        all.addAll(waiting);
        return all;
    }

    private boolean mayBegin(PendingRequest<?> request) {
        if (open.isEmpty()) {
            return true;
        }
        return !fetching
                && !request.fetches()
                && open.size() < Limits.REQUESTS_MAX
                && openBytes + request.envelopeBytes() <= OPEN_BYTES_MAX;
    }
}
