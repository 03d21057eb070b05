package io.qight.client;

/** Knows whether a handler runs on the current thread, which must not wait for its own return. */
final class HandlerThread {
    private static final ThreadLocal<Boolean> HANDLING = ThreadLocal.withInitial(() -> false);

    private HandlerThread() {}

    static boolean here() {
        return HANDLING.get();
    }

    static void run(Runnable handler) {
        boolean before = HANDLING.get();
        HANDLING.set(true);
        try {
            handler.run();
        } finally {
            if (before) {
                HANDLING.set(true);
            } else {
                HANDLING.remove();
            }
        }
    }
}
