package io.qight.relay.grants;

import io.qight.identity.Grant;
import io.qight.identity.GrantTerms;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * How fast grants were used, on all connections together: of each the time at which its whole burst
 * is there again. Beyond {@link #GRANTS_MAX} the one that was not used for longest begins anew.
 */
final class GrantRates {
    /** Grants whose use is known. */
    static final int GRANTS_MAX = 100_000;

    /** The longest burst in time, 126 years, so that no sum is too large. */
    private static final long BURST_NANOS_MAX = 4_000_000_000_000_000_000L;

    private final Map<GrantName, Long> wholeNanos =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<GrantName, Long> eldest) {
                    return size() > GRANTS_MAX;
                }
            };

    /** Counts one envelope; 0 if it may be sent now, else after how many milliseconds. */
    long take(Grant grant, long nowMillis) {
        GrantTerms.Rate rate = grant.terms().rate();
        long now = TimeUnit.MILLISECONDS.toNanos(nowMillis);
        long each =
                Math.max(1, TimeUnit.MILLISECONDS.toNanos(rate.periodMillis()) / rate.envelopes());
        long burst = each > BURST_NANOS_MAX / rate.burst() ? BURST_NANOS_MAX : each * rate.burst();
        GrantName name = GrantName.of(grant);
        long whole = Math.max(now, wholeNanos.getOrDefault(name, now)) + each;
        long early = whole - now - burst;
        if (early > 0) {
            return TimeUnit.NANOSECONDS.toMillis(early) + 1;
        }
        wholeNanos.put(name, whole);
        return 0;
    }
}
