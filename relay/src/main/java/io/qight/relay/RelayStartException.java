package io.qight.relay;

/** A relay cannot start as it is configured; the message says what to change. */
public abstract sealed class RelayStartException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private RelayStartException(String sentence, Throwable cause) {
        super(sentence, cause);
    }

    /** The admin socket cannot be opened. */
    public static final class NoAdminSocket extends RelayStartException {
        private static final long serialVersionUID = 1L;

        NoAdminSocket(String sentence, Throwable cause) {
            super(sentence, cause);
        }
    }
}
