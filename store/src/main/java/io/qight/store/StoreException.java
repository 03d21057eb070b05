package io.qight.store;

/** A store could not do what it was asked. The kind says what may go on. */
public abstract sealed class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private StoreException(String sentence, Throwable cause) {
        super(sentence, cause);
    }

    private StoreException(String sentence) {
        super(sentence);
    }

    /**
     * The medium failed under a commit. What waited for it may or may not be stored; nothing more
     * is committed until the store is opened anew.
     */
    public static final class Failed extends StoreException {
        private static final long serialVersionUID = 1L;

        /** Says what failed. */
        public Failed(String sentence, Throwable cause) {
            super(sentence, cause);
        }
    }

    /** Stored bytes are not what was written there; names file and offset. */
    public static final class Damaged extends StoreException {
        private static final long serialVersionUID = 1L;

        /** Says what is damaged, and where. */
        public Damaged(String sentence) {
            super(sentence);
        }
    }

    /** The store cannot be opened: in use, not a store, of a newer version, no room. */
    public static final class CannotOpen extends StoreException {
        private static final long serialVersionUID = 1L;

        /** Says why. */
        public CannotOpen(String sentence) {
            super(sentence);
        }

        /** Says why, with the cause. */
        public CannotOpen(String sentence, Throwable cause) {
            super(sentence, cause);
        }
    }

    /** Bytes could not be read now; the store itself goes on. */
    public static final class Unreadable extends StoreException {
        private static final long serialVersionUID = 1L;

        /** Says what, with the cause. */
        public Unreadable(String sentence, Throwable cause) {
            super(sentence, cause);
        }
    }

    /** The store was closed. */
    public static final class Closed extends StoreException {
        private static final long serialVersionUID = 1L;

        /** Always the same sentence. */
        public Closed() {
            super("the store is closed");
        }
    }
}
