package io.qight.testkit;

import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads one statement of a {@link NetworkScript}, word by word. Used once. */
final class ScriptStatement {
    private static final Pattern QUANTITY =
            Pattern.compile("(\\d{1,7}(?:\\.\\d{1,6})?)([A-Za-z%]+)");
    private static final Map<String, Long> NANOS =
            Map.of("us", 1_000L, "ms", 1_000_000L, "s", 1_000_000_000L, "m", 60_000_000_000L);
    private static final Map<String, Long> BYTES =
            Map.of(
                    "b", 1L,
                    "kb", 1_000L,
                    "mb", 1_000_000L,
                    "gb", 1_000_000_000L,
                    "kib", 1L << 10,
                    "mib", 1L << 20,
                    "gib", 1L << 30);
    private static final long HOLD_NANOS = 20_000_000;
    private static final long QUEUE_BYTES = 256 << 10;

    private final String text;
    private final Deque<String> words;

    ScriptStatement(String text) {
        this.text = text;
        this.words = new ArrayDeque<>(List.of(text.split("\\s+")));
    }

    /** Adds what the statement says to one of these. */
    void read(List<NetworkScript.Change> changes, List<Long> rebindsNanos) {
        long startNanos = taken("at") ? time() : 0;
        String verb = word();
        switch (verb) {
            case "rebind" -> rebindsNanos.add(startNanos);
            case "heal" ->
                    changes.add(new NetworkScript.Change(startNanos, c -> NetworkConditions.CLEAN));
            default -> changes.add(change(startNanos, verb));
        }
        if (!words.isEmpty()) {
            throw unreadable("'" + words.peek() + "' does not belong here");
        }
    }

    private NetworkScript.Change change(long startNanos, String verb) {
        UnaryOperator<NetworkConditions> effect = effect(verb);
        Set<Direction> directions = EnumSet.allOf(Direction.class);
        long endNanos = NetworkScript.Change.FOR_EVER;
        if (verb.equals("cut") && QUANTITY.matcher(peek()).matches()) {
            endNanos = startNanos + time();
        }
        if (taken("towards")) {
            directions = EnumSet.of(direction());
        }
        if (taken("for")) {
            endNanos = startNanos + time();
        }
        if (taken("towards")) {
            directions = EnumSet.of(direction());
        }
        return new NetworkScript.Change(startNanos, endNanos, directions, effect);
    }

    private UnaryOperator<NetworkConditions> effect(String verb) {
        switch (verb) {
            case "loss" -> {
                double part = part();
                return c -> c.withLoss(part);
            }
            case "duplicate" -> {
                double part = part();
                return c -> c.withDuplicate(part);
            }
            case "corrupt" -> {
                double part = part();
                return c -> c.withCorrupt(part);
            }
            case "reorder" -> {
                double part = part();
                long holdNanos = taken("by") ? time() : HOLD_NANOS;
                return c -> c.withReorder(part, holdNanos);
            }
            case "delay" -> {
                long nanos = time();
                long jitterNanos = taken("jitter") ? time() : 0;
                return c -> c.withDelay(nanos, jitterNanos);
            }
            case "rate" -> {
                long bytes = rate();
                long queueBytes = taken("queue") ? size(word()) : QUEUE_BYTES;
                return c -> c.withRate(bytes, queueBytes);
            }
            case "cut" -> {
                return NetworkConditions::withCut;
            }
            default ->
                    throw unreadable(
                            "the network can loss, duplicate, corrupt, reorder, delay, rate, cut,"
                                    + " heal and rebind, not '"
                                    + verb
                                    + "'");
        }
    }

    private boolean taken(String keyword) {
        if (!peek().equals(keyword)) {
            return false;
        }
        words.remove();
        return true;
    }

    private String peek() {
        return Objects.requireNonNullElse(words.peek(), "");
    }

    private String word() {
        String word = words.poll();
        if (word == null) {
            throw unreadable("a word is missing at its end");
        }
        return word;
    }

    private Direction direction() {
        String word = word();
        return switch (word) {
            case "relay" -> Direction.TO_RELAY;
            case "client" -> Direction.TO_CLIENT;
            default ->
                    throw unreadable("towards is followed by relay or client, not '" + word + "'");
        };
    }

    private double part() {
        String word = word();
        double part = quantity(word, Map.of("%", 1L), "a part such as 20%").doubleValue() / 100;
        if (part > 1) {
            throw unreadable("'" + word + "' is more than all");
        }
        return part;
    }

    private long time() {
        return quantity(word(), NANOS, "a time such as 800ms, 2s or 1.5m").longValue();
    }

    private long rate() {
        String word = word();
        long bytes = word.endsWith("/s") ? size(word.substring(0, word.length() - 2)) : 0;
        if (bytes == 0) {
            throw unreadable("'" + word + "' is not a rate such as 1MB/s");
        }
        return bytes;
    }

    private long size(String word) {
        return quantity(word, BYTES, "a size such as 1200B, 64KiB or 1MB").longValue();
    }

    private BigDecimal quantity(String word, Map<String, Long> units, String form) {
        Matcher matcher = QUANTITY.matcher(word);
        Long unit = matcher.matches() ? units.get(matcher.group(2).toLowerCase(Locale.ROOT)) : null;
        if (unit == null) {
            throw unreadable("'" + word + "' is not " + form);
        }
        return new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(unit));
    }

    private IllegalArgumentException unreadable(String why) {
        return new IllegalArgumentException("'" + text + "': " + why);
    }
}
