package io.qight.transport;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.util.EnumMap;
import java.util.Map;

/**
 * The threads that the client endpoints of this process share, so that a thousand connections do
 * not take a thousand threads. They end with the last endpoint. Thread-safe.
 */
final class SharedLoops {
    private static final int LOOPS_MAX = 8;

    private static final Map<Platform, SharedLoops> IN_USE = new EnumMap<>(Platform.class);

    private final Platform platform;
    private final EventLoopGroup group;
    private int users;

    private SharedLoops(Platform platform) {
        this.platform = platform;
        int processors = Runtime.getRuntime().availableProcessors();
        this.group = EventLoops.newGroup(platform, Math.max(2, Math.min(LOOPS_MAX, processors)));
    }

    /** One more endpoint uses them. */
    static SharedLoops join(Platform platform) {
        synchronized (IN_USE) {
            SharedLoops loops = IN_USE.computeIfAbsent(platform, SharedLoops::new);
            loops.users++;
            return loops;
        }
    }

    EventLoopGroup group() {
        return group;
    }

    /** One endpoint less uses them; done when the threads have ended, if it was the last. */
    Future<?> leave() {
        synchronized (IN_USE) {
            if (--users > 0) {
                return ImmediateEventExecutor.INSTANCE.newSucceededFuture(null);
            }
            IN_USE.remove(platform);
        }
        return EventLoops.end(group);
    }
}
