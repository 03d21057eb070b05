package io.qight.identity;

/** An envelope that its receiver must not, or cannot, take for a message; says why. */
public final class UnreadableEnvelope extends Exception {
    private static final long serialVersionUID = 1L;

    /** Why it is none. */
    public enum Reason {
        /** Its sender is a key whose holder did not sign it, or not as it is now. */
        FORGED,

        /** It is sealed for another key, or was changed since. */
        NOT_OPENED,

        /** Its bytes are laid out wrongly. */
        MALFORMED
    }

    private final Reason reason;

    UnreadableEnvelope(Reason reason, String sentence) {
        super(sentence);
        this.reason = reason;
    }

    /** Why. */
    public Reason reason() {
        return reason;
    }

    /** What is wrong with it, for people; begins with the reason. */
    public String sentence() {
        return String.valueOf(getMessage());
    }
}
