package io.qight.relay;

/** A relay cannot start as it is configured; the message says what to change. */
public abstract sealed class RelayStartException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private RelayStartException(String sentence, Throwable cause) {
        super(sentence, cause);
    }

    private RelayStartException(String sentence) {
        super(sentence);
    }

    /** Open names were not allowed where they are not open by default, or were forbidden. */
    public static final class OpenNames extends RelayStartException {
        private static final long serialVersionUID = 1L;

        OpenNames(String sentence) {
            super(sentence);
        }
    }

    /** The admin socket cannot be opened. */
    public static final class NoAdminSocket extends RelayStartException {
        private static final long serialVersionUID = 1L;

        NoAdminSocket(String sentence, Throwable cause) {
            super(sentence, cause);
        }
    }
}
