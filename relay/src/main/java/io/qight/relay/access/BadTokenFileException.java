package io.qight.relay.access;

import java.nio.file.Path;

/** A token file cannot be used; the message says which line is wrong, and why, never what it is. */
public final class BadTokenFileException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Path file;
    private final int line;

    BadTokenFileException(Path file, int line, String why) {
        super("the token file " + file + ", line " + line + ": " + why);
        this.file = file;
        this.line = line;
    }

    BadTokenFileException(Path file, String why, Throwable cause) {
        super("the token file " + file + " " + why, cause);
        this.file = file;
        this.line = 0;
    }

    /** Which file. */
    public Path file() {
        return file;
    }

    /** Which line, the first being 1; 0 for the file as a whole. */
    public int line() {
        return line;
    }
}
