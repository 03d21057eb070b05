package io.qight.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.util.List;
import java.util.Locale;

/** Whether a person sits there. The launcher knows, and says so by a system property. */
final class Terminal {
    private static final List<String> TERMINALS =
            List.of(System.getProperty("qight.terminals", "").split(","));

    private Terminal() {}

    /** Whether somebody types standard input. */
    static boolean input() {
        return TERMINALS.contains("input");
    }

    /** Whether somebody reads standard error as it is written. */
    static boolean errors() {
        return TERMINALS.contains("errors");
    }

    /** Asks; only y and yes mean yes. */
    static boolean confirm(String question) throws IOException {
        System.err.print("qight: " + question + " [y/N] ");
        System.err.flush();
        String answer =
                new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()))
                        .readLine();
        return answer != null
                && List.of("y", "yes").contains(answer.strip().toLowerCase(Locale.ROOT));
    }
}
