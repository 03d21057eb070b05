package io.qight.store;

import java.util.Locale;

/** What a returned commit has survived already. */
public enum Durability {
    /** Loss of power: the bytes were synced to the disk. */
    FSYNC,
    /** The end of the process: the operating system has the bytes. */
    OS,
    /** Nothing: the bytes are in this process alone. */
    MEMORY;

    /** The name in options and answers, in lower case. */
    public String token() {
        return name().toLowerCase(Locale.ROOT);
    }
}
