package io.qight.cli;

import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One file, or some that belong together, read again when they change: when their times, sizes or
 * places on the disk are others than before and stay so for one look, every second; and at once,
 * changed or not, when the process gets SIGHUP. All files of a process are looked at by one daemon
 * thread, which reads them too. What cannot be read is an error in the log, and read again when it
 * changes.
 */
final class WatchedFile {
    /** The time between two looks. */
    private static final long LOOK_MILLIS = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(WatchedFile.class);

    private final List<Path> paths;

    /** How the files were when they were read last; the watching thread's once it watches. */
    private List<String> read;

    /** How they were at the last look. */
    private List<String> seen;

    private WatchedFile(List<Path> paths) {
        this.paths = paths;
        this.read = look();
        this.seen = read;
    }

    /** Takes note of how the files are, before they are read for the first time. */
    static WatchedFile of(Path... paths) {
        return new WatchedFile(List.of(paths));
    }

    /**
     * Has them read again from now on, until the process ends.
     *
     * @param reload reads them; what it throws says why not, and what was read before should stay
     */
    void onChange(Runnable reload) {
        Watcher.ONLY.watch(hangup -> look(hangup, reload));
    }

    /**
     * Looks, and has them read if they are others than those read last, and whole, as far as one
     * can see.
     */
    void look(boolean hangup, Runnable reload) {
        List<String> before = seen;
        seen = look();
        if (!hangup && (seen.equals(read) || !seen.equals(before))) {
            return;
        }
        read = seen;
        try {
            reload.run();
        } catch (RuntimeException e) {
            LOG.error("what was read from {} before stays: {}", paths, e.getMessage());
        }
    }

    private List<String> look() {
        return paths.stream().map(WatchedFile::look).toList();
    }

    private static String look(Path path) {
        try {
            BasicFileAttributes found = Files.readAttributes(path, BasicFileAttributes.class);
            return found.lastModifiedTime() + " " + found.size() + " " + found.fileKey();
        } catch (IOException e) {
            return "none";
        }
    }

    /** Looks at one or some files. */
    @FunctionalInterface
    private interface Look {
        /** With whether the process has just got SIGHUP. */
        void look(boolean hangup);
    }

    /** The thread that looks. */
    private static final class Watcher {
        static final Watcher ONLY = new Watcher();

        private final List<Look> looks = new CopyOnWriteArrayList<>();
        private final ScheduledExecutorService thread =
                Executors.newSingleThreadScheduledExecutor(task -> {
                    Thread made = new Thread(task, "qight-watch");
                    made.setDaemon(true);
                    return made;
                });

        private Watcher() {
            thread.scheduleWithFixedDelay(
                    () -> look(false), LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
            onHangup(() -> thread.execute(() -> look(true)));
        }

        void watch(Look look) {
            looks.add(look);
        }

        private void look(boolean hangup) {
            looks.forEach(look -> look.look(hangup));
        }

        /**
         * The JDK's only way to hear of signals, which is not in every JDK and has no public type.
         */
        private static void onHangup(Runnable work) {
            try {
                Class<?> signal = Class.forName("sun.misc.Signal");
                Class<?> handler = Class.forName("sun.misc.SignalHandler");
                InvocationHandler invocation =
                        (proxy, method, arguments) -> {
                            if (method.getName().equals("handle")) {
                                work.run();
                            }
                            return null;
                        };
                signal.getMethod("handle", signal, handler)
                        .invoke(
                                null,
                                signal.getConstructor(String.class).newInstance("HUP"),
                                Proxy.newProxyInstance(
                                        WatchedFile.class.getClassLoader(),
                                        new Class<?>[] {handler},
                                        invocation));
            } catch (ReflectiveOperationException e) {
                LOG.debug("SIGHUP is not heard here; changed files are", e);
            }
        }
    }
}
