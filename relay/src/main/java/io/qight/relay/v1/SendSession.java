package io.qight.relay.v1;

import io.netty.buffer.ByteBuf;
import io.qight.identity.IdentityKey;
import io.qight.relay.access.Access;
import io.qight.relay.outbox.ReceiptRun;
import io.qight.relay.outbox.SendEntry;
import io.qight.relay.outbox.SendEntry.Refusal;
import io.qight.wire.ErrorCode;
import io.qight.wire.MailboxName;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.ConnectionLimits;
import io.qight.wire.v1.EnvelopeCodec;
import io.qight.wire.v1.EnvelopeHeader;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Ranges;
import io.qight.wire.v1.ReceiptOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The rules of a SEND stream as far as they hang on nothing but the stream: numbers, the window,
 * what an envelope has to be, receipts. What hangs on other streams, on the mailbox or on the store
 * is judged by the writer, in the same order, since a SEND is judged with what became of those
 * before it.
 */
final class SendSession implements StreamSession {
    /**
     * Groups of frames that the writer may have of one stream; more are not read. Each holds a
     * reservation, so the budget bounds them too.
     */
    static final int GROUPS_MAX = 4_096;

    /** GRANT frames of one stream; each takes two signatures to check. */
    static final int GRANTS_MAX = 64;

    private final ConnectionLimits limits;
    private final Standing standing;
    private final Access access;
    private final SendWindow window;
    private final Optional<ReceiptSigner> signer;
    private @Nullable Id outbox;
    private int grants;

    /** Whether the writer knows whom the client has proved to be. */
    private boolean identityTold;

    /** Envelopes to one mailbox often come together: they share a text, and its hash. */
    private String lastMailbox = "";

    /** The last one whose name is good, and whether the access allows to send there. */
    private @Nullable String knownMailbox;

    private boolean maySend;

    private boolean draining;
    private int groups;

    /** The client has ended its side: so does the relay, once all is answered. */
    private boolean finished;

    /** What the stream is ended with, once all is answered. */
    private @Nullable Refusal fault;

    private boolean over;
    private List<Effect> effects = new ArrayList<>();

    SendSession(ConnectionLimits limits, Standing standing) {
        this.limits = limits;
        this.standing = standing;
        this.signer = standing.signer();
        this.access = standing.access();
        this.window = new SendWindow(limits.sendEnvelopes(), limits.sendBytes());
    }

    @Override
    public List<Effect> step(Input input, long nowMillis) {
        effects = new ArrayList<>();
        if (over) {
            return effects;
        }
        if (input instanceof Input.Frames frames) {
            onFrames(frames.frames(), nowMillis);
        } else if (input instanceof Input.Receipts receipts) {
            groups -= receipts.groups();
            onReceipts(receipts.runs());
        } else if (input instanceof Input.Finished) {
            finished = true;
        } else if (input instanceof Input.Broken broken) {
            fault = new Refusal(broken.code(), broken.sentence());
        } else if (input instanceof Input.Ended ended) {
            // The writer has carried out all that it will.
            over = true;
            effects.add(new Effect.Fail(ended.code(), ended.sentence()));
        } else if (input instanceof Input.Gone) {
            over = true;
            effects.add(new Effect.CloseOutbox());
        } else if (input instanceof Input.Drain) {
            draining = true;
        }
        endIfAnswered();
        return effects;
    }

    @Override
    public boolean reads() {
        return !over && fault == null && groups < GROUPS_MAX;
    }

    @Override
    public boolean busy() {
        return !over && groups > 0;
    }

    private void onFrames(List<Frame> frames, long now) {
        List<SendEntry> entries = new ArrayList<>();
        IdentityKey identity = standing.identity().orElse(null);
        if (identity != null && !identityTold) {
            identityTold = true;
            entries.add(new SendEntry.Proved(identity));
        }
        try {
            for (Frame frame : frames) {
                onFrame(frame, now, entries);
            }
        } catch (ProtocolException e) {
            fault = new Refusal(e.code(), e.sentence());
            effects.add(new Effect.StopReading());
        }
        if (!entries.isEmpty()) {
            groups++;
            effects.add(new Effect.HandSends(entries));
        }
    }

    private void onFrame(Frame frame, long now, List<SendEntry> entries) {
        if (frame instanceof Frame.Send send) {
            window.send(send.number(), send.envelope().readableBytes());
            SendEntry.Send judged = judge(send, now);
            signer.ifPresent(one -> one.sent(judged));
            entries.add(judged);
        } else if (frame instanceof Frame.GiveUp giveUp) {
            Ranges numbers = giveUp.numbers();
            window.giveUp(numbers);
            entries.add(new SendEntry.GiveUp(numbers));
        } else if (frame instanceof Frame.Grant grant && outbox != null) {
            if (++grants > GRANTS_MAX) {
                throw new ProtocolException(
                        ErrorCode.WINDOW_EXCEEDED,
                        "a stream has at most " + GRANTS_MAX + " GRANT frames");
            }
            entries.add(new SendEntry.UseGrant(standing.grant(grant, outbox)));
        } else if (frame instanceof Frame.Outbox opening && outbox == null) {
            outbox = opening.outbox();
            effects.add(new Effect.OpenOutbox(opening));
        } else {
            throw new ProtocolException(ErrorCode.WRONG_STATE, "OUTBOX stands only first");
        }
    }

    private SendEntry.Send judge(Frame.Send send, long now) {
        ByteBuf envelope = send.envelope();
        String mailbox = "";
        long ttlMillis = 0;
        Optional<Refusal> refusal = Optional.empty();
        try {
            EnvelopeHeader header = header(envelope);
            mailbox = header.mailbox().equals(lastMailbox) ? lastMailbox : header.mailbox();
            lastMailbox = mailbox;
            ttlMillis = header.ttlMillis();
            check(header, send.ageMillis());
        } catch (ProtocolException e) {
            refusal = Optional.of(new Refusal(e.code(), e.sentence()));
        }
        return new SendEntry.Send(
                send.number(),
                mailbox,
                envelope.nioBuffer(),
                now,
                now + ttlMillis - send.ageMillis(),
                refusal);
    }

    private EnvelopeHeader header(ByteBuf envelope) {
        int bytes = envelope.readableBytes();
        if (bytes == 0 || bytes > limits.envelopeBytesMax()) {
            throw new ProtocolException(
                    ErrorCode.ENVELOPE_SIZE,
                    "an envelope has 1 to " + limits.envelopeBytesMax() + " bytes, not " + bytes);
        }
        return EnvelopeCodec.inspect(envelope);
    }

    /** In the order of the specification. */
    private void check(EnvelopeHeader header, long ageMillis) {
        lookAt(header.mailbox());
        if (header.notBeforeMillis() > 0) {
            throw notSupported("a time before which an envelope is not delivered");
        } else if (header.collapseKey().hasRemaining()) {
            throw notSupported("collapse keys");
        } else if (header.liveOnly()) {
            throw notSupported("live-only envelopes");
        } else if (!maySend) {
            throw new ProtocolException(
                    ErrorCode.NOT_ALLOWED, "the client may not send to this mailbox");
        } else if (header.ttlMillis() > limits.ttlMillisMax()) {
            throw new ProtocolException(
                    ErrorCode.INVALID_TTL,
                    "the time to live is above " + limits.ttlMillisMax() + " ms");
        } else if (ageMillis >= header.ttlMillis()) {
            throw new ProtocolException(ErrorCode.EXPIRED);
        } else if (draining) {
            throw new ProtocolException(ErrorCode.DRAINING);
        }
    }

    /** Once for all envelopes to one mailbox that follow each other. */
    private void lookAt(String mailbox) {
        if (mailbox.equals(knownMailbox)) {
            return;
        }
        if (new MailboxName(mailbox).keyAddressed()) {
            // What is no key nobody could ever read.
            IdentityKey.requireAddress(mailbox);
        }
        maySend = access.maySend(mailbox);
        knownMailbox = mailbox;
    }

    private void onReceipts(List<ReceiptRun> runs) {
        for (ReceiptRun run : runs) {
            if (signer.isPresent()) {
                signer.get().sign(run).forEach(this::onReceipt);
            } else {
                onReceipt(run);
            }
        }
    }

    private void onReceipt(ReceiptRun run) {
        long first = window.receipts(run.count(), retryable(run.outcome()));
        effects.add(new Effect.Write(new Frame.Receipt(first, run.count() - 1L, run.outcome())));
        count(run);
    }

    private void count(ReceiptRun run) {
        if (run.outcome() instanceof ReceiptOutcome.Refused refused) {
            effects.add(new Effect.CountRefusals(code(refused), refused.sentence(), run.count()));
        } else if (run.outcome() instanceof ReceiptOutcome.OutcomeUnknown) {
            ErrorCode unknown = ErrorCode.OUTCOME_UNKNOWN;
            effects.add(new Effect.CountRefusals(unknown, unknown.sentence(), run.count()));
        }
    }

    /** The end comes behind the last receipt. */
    private void endIfAnswered() {
        if (over || groups > 0 || (fault == null && !finished)) {
            return;
        }
        over = true;
        effects.add(new Effect.CloseOutbox());
        effects.add(
                fault == null
                        ? new Effect.Finish()
                        : new Effect.Fail(fault.code(), fault.sentence()));
    }

    private static boolean retryable(ReceiptOutcome outcome) {
        return outcome instanceof ReceiptOutcome.Refused refused && code(refused).retryable();
    }

    private static ErrorCode code(ReceiptOutcome.Refused refused) {
        return ErrorCode.ofNumber(refused.code())
                .orElseThrow(() -> new IllegalStateException("no code " + refused.code()));
    }

    private static ProtocolException notSupported(String what) {
        return new ProtocolException(
                ErrorCode.NOT_SUPPORTED, "this relay does not support " + what + " yet");
    }
}
