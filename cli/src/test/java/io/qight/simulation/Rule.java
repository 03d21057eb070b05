package io.qight.simulation;

import java.util.Locale;

/** What is held against what happens at once; the rest is the checker's, over the whole history. */
enum Rule {
    DEADLINES("nothing is stored or handed out past its deadline (promise 4)"),
    ORDER("what one outbox sends to one mailbox is stored in order (promise 5)"),
    BOUNDS("nothing grows beyond its bound (promise 6)"),
    LIVENESS("nobody waits in vain once nothing is wrong any more (promise 6)"),
    PAGE("both ends keep to the page");

    private final String sentence;

    Rule(String sentence) {
        this.sentence = sentence;
    }

    @SuppressWarnings("AnnotateFormatMethod")
    void holds(boolean kept, String found, Object... arguments) {
        if (!kept) {
            throw new AssertionError(
                    sentence + ": " + String.format(Locale.ROOT, found, arguments));
        }
    }
}
