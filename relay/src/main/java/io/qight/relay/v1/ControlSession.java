package io.qight.relay.v1;

import io.qight.identity.Grant;
import io.qight.identity.IdentityKey;
import io.qight.identity.Revocation;
import io.qight.relay.access.Access;
import io.qight.relay.access.Admission;
import io.qight.relay.flow.StreamEnd;
import io.qight.relay.grants.OwnerRule;
import io.qight.relay.outbox.SendEntry.Refusal;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Id;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The rules of the control stream, and with it of the connection: who is let in, pings, the end. It
 * begins with the connection, before its stream is there.
 */
final class ControlSession implements StreamSession, Standing {
    /** The time for HELLO. */
    static final long HELLO_MILLIS = 3_000;

    /** The time for PROVE after WELCOME, where HELLO claims an identity. */
    static final long PROOF_MILLIS = 3_000;

    /** The time for a PONG. */
    static final long PONG_MILLIS = 10_000;

    /** When a client should come back after GOAWAY. */
    static final long AFTER_MILLIS = 1_000;

    /** Rules of an owner that may be under way to the writer. */
    static final int RULES_MAX = 16;

    private enum Phase {
        WAITING,
        /** HELLO has come, and is judged later. */
        AT_THE_DOOR,
        LET_IN,
        OVER
    }

    private final ControlSettings settings;
    private final Door door;
    private final ByteBuffer nonce;
    private final long helloUntilMillis;

    /** When each PING that has no PONG was sent, the oldest first. */
    private final Map<Long, Long> pings = new LinkedHashMap<>();

    /** What is to be judged, and when. */
    private Frame.@Nullable Hello visitor;

    private long judgeAtMillis;

    /** What the client may do, once it is let in. */
    private @Nullable Access access;

    /** Whom the client claims to be, as long as that is not proved. */
    private @Nullable IdentityKey claimed;

    private Optional<IdentityKey> proved = Optional.empty();
    private int rulesUnderWay;
    private String clientId = "";
    private long features;
    private long proofUntilMillis;

    private Phase phase = Phase.WAITING;
    private boolean draining;
    private List<Effect> effects = new ArrayList<>();

    /** A connection whose handshake is complete now. */
    ControlSession(ControlSettings settings, Door door, ByteBuffer nonce, long nowMillis) {
        this.settings = settings;
        this.door = door;
        this.nonce = nonce;
        this.helloUntilMillis = nowMillis + HELLO_MILLIS;
    }

    @Override
    public List<Effect> step(Input input, long nowMillis) {
        effects = new ArrayList<>();
        if (phase == Phase.OVER) {
            return effects;
        }
        if (input instanceof Input.Frames frames) {
            for (Frame frame : frames.frames()) {
                if (phase != Phase.OVER) {
                    onFrame(frame, nowMillis);
                }
            }
        } else if (input instanceof Input.Broken broken) {
            close(broken.code(), broken.sentence());
        } else if (input instanceof Input.Finished) {
            end();
        } else if (input instanceof Input.Gone gone) {
            // A lost one went with its connection.
            if (gone.how() == StreamEnd.LOST) {
                phase = Phase.OVER;
            } else {
                end();
            }
        } else if (input instanceof Input.Ping ping) {
            ping(ping.opaque(), nowMillis);
        } else if (input instanceof Input.RuleKept kept) {
            rulesUnderWay--;
            kept(kept.request(), kept.refusal());
        } else if (input instanceof Input.Drain) {
            drain();
        } else if (input instanceof Input.AccessEnded) {
            refuse(ErrorCode.NOT_ALLOWED, "what the client was let in by holds no more");
        } else if (input instanceof Input.Tick) {
            tick(nowMillis);
        }
        return effects;
    }

    @Override
    public boolean reads() {
        return phase != Phase.OVER;
    }

    @Override
    public boolean busy() {
        return phase != Phase.OVER && rulesUnderWay > 0;
    }

    @Override
    public Optional<IdentityKey> identity() {
        return proved;
    }

    @Override
    public Grant grant(Frame.Grant frame, Id outbox) {
        Grant grant = Grant.of(frame.grant());
        if (!settings.proofs().proves(grant, outbox, nonce, clientId, frame.proof())) {
            throw new ProtocolException(
                    ErrorCode.NOT_PROVED, "the key that the grant is for was not proved");
        }
        return grant;
    }

    @Override
    public Access access() {
        return Objects.requireNonNull(access, "nobody is let in yet");
    }

    @Override
    public Optional<ReceiptSigner> signer() {
        return (features & Frame.Hello.SIGNED_RECEIPTS) != 0
                ? settings.receiptKey().map(ReceiptSigner::new)
                : Optional.empty();
    }

    /** Whether {@link Input.Tick} can have an effect. */
    boolean needsTicks() {
        return phase == Phase.WAITING
                || phase == Phase.AT_THE_DOOR
                || claimed != null
                || !pings.isEmpty();
    }

    private void onFrame(Frame frame, long now) {
        if (frame instanceof Frame.Hello hello && phase == Phase.WAITING) {
            hello(hello, now);
        } else if (frame instanceof Frame.Prove prove && claimed != null) {
            prove(claimed, prove);
        } else if (frame instanceof Frame.Revoke revoke && phase == Phase.LET_IN) {
            revoke(revoke);
        } else if (frame instanceof Frame.Demand demand && phase == Phase.LET_IN) {
            keep(demand.request(), owner -> new OwnerRule.Demand(owner, demand.grants()));
        } else if (frame instanceof Frame.Ping ping) {
            effects.add(new Effect.Write(new Frame.Pong(ping.opaque())));
        } else if (frame instanceof Frame.Pong pong) {
            // One that nobody asked for changes nothing.
            if (pings.remove(pong.opaque()) != null) {
                effects.add(new Effect.TellPong(pong.opaque()));
            }
        } else {
            close(ErrorCode.WRONG_STATE, frame.type() + " may not stand here");
        }
    }

    private void hello(Frame.Hello hello, long now) {
        long delayMillis = door.delayMillis(hello, now);
        if (delayMillis == 0) {
            judge(hello, now);
        } else {
            visitor = hello;
            judgeAtMillis = now + delayMillis;
            phase = Phase.AT_THE_DOOR;
        }
    }

    private void judge(Frame.Hello hello, long now) {
        if (draining) {
            refuse(ErrorCode.DRAINING, ErrorCode.DRAINING.sentence());
            return;
        }
        Admission admission = door.admit(hello, now);
        if (admission instanceof Admission.Refused refused) {
            refuse(refused.code(), refused.sentence());
        } else if (admission instanceof Admission.Granted granted) {
            letIn(hello, granted.access(), now);
        } else {
            throw new IllegalStateException("the door says " + admission);
        }
    }

    private void letIn(Frame.Hello hello, Access granted, long now) {
        try {
            claim(hello, now);
        } catch (ProtocolException e) {
            refuse(ErrorCode.NOT_PROVED, "the identity is no key that can be proved");
            return;
        }
        phase = Phase.LET_IN;
        long known = settings.receiptKey().isPresent() ? Frame.Hello.SIGNED_RECEIPTS : 0;
        features = hello.features() & known;
        effects.add(
                new Effect.Write(
                        new Frame.Welcome(
                                settings.relayName(),
                                settings.proofs().serviceName(),
                                features,
                                settings.durability(),
                                nonce,
                                settings.limits())));
        if (claimed != null) {
            effects.add(new Effect.AwaitProof());
        }
        access = granted;
        effects.add(new Effect.LetIn(granted));
    }

    private void claim(Frame.Hello hello, long now) {
        clientId = hello.clientId();
        if (hello.identity().hasRemaining()) {
            claimed = IdentityKey.of(hello.identity());
            proofUntilMillis = now + PROOF_MILLIS;
        }
    }

    private void prove(IdentityKey identity, Frame.Prove prove) {
        if (settings.proofs().proves(identity, nonce, clientId, prove.signature())) {
            claimed = null;
            proved = Optional.of(identity);
            effects.add(new Effect.Write(new Frame.Proved()));
            effects.add(new Effect.Proved(identity));
        } else {
            refuse(ErrorCode.NOT_PROVED, ErrorCode.NOT_PROVED.sentence());
        }
    }

    private void revoke(Frame.Revoke revoke) {
        Revocation revocation =
                new Revocation(revoke.grant(), revoke.endsMillis(), revoke.signature());
        if (proved.isPresent() && !revocation.signedBy(proved.get())) {
            kept(
                    revoke.request(),
                    Optional.of(
                            new Refusal(
                                    ErrorCode.NOT_PROVED,
                                    "the mailbox's owner has not signed this revocation")));
        } else {
            keep(revoke.request(), owner -> new OwnerRule.Revoke(owner, revocation));
        }
    }

    /** Whoever has proved a key owns its mailbox. */
    private void keep(long request, Function<IdentityKey, OwnerRule> rule) {
        if (proved.isEmpty()) {
            kept(request, Optional.of(new Refusal(ErrorCode.NOT_PROVED)));
        } else if (rulesUnderWay >= RULES_MAX) {
            close(
                    ErrorCode.WINDOW_EXCEEDED,
                    "more than " + RULES_MAX + " revocations and demands are under way");
        } else {
            rulesUnderWay++;
            effects.add(new Effect.KeepRule(request, rule.apply(proved.get())));
        }
    }

    private void kept(long request, Optional<Refusal> refusal) {
        refusal.ifPresent(
                why -> effects.add(new Effect.CountRefusals(why.code(), why.sentence(), 1)));
        effects.add(
                new Effect.Write(
                        new Frame.Kept(
                                request,
                                refusal.map(why -> why.code().number()).orElse(0),
                                refusal.map(Refusal::sentence).orElse(""))));
    }

    private void ping(long opaque, long now) {
        if (phase == Phase.LET_IN) {
            pings.putIfAbsent(opaque, now);
            effects.add(new Effect.Write(new Frame.Ping(opaque)));
        }
    }

    private void drain() {
        if (draining) {
            return;
        }
        draining = true;
        if (phase == Phase.LET_IN) {
            effects.add(
                    new Effect.Write(
                            new Frame.GoAway(
                                    ErrorCode.DRAINING.number(),
                                    ErrorCode.DRAINING.sentence(),
                                    settings.drainMillis(),
                                    AFTER_MILLIS)));
        }
        effects.add(new Effect.Refuse());
    }

    private void tick(long now) {
        if (phase == Phase.WAITING && now >= helloUntilMillis) {
            close(ErrorCode.REQUEST_TIMEOUT, "no HELLO within " + HELLO_MILLIS + " ms");
        } else if (visitor != null && now >= judgeAtMillis) {
            Frame.Hello hello = visitor;
            visitor = null;
            judge(hello, now);
        } else if (claimed != null && now >= proofUntilMillis) {
            refuse(ErrorCode.NOT_PROVED, "no PROVE within " + PROOF_MILLIS + " ms");
        } else if (!pings.isEmpty() && now - pings.values().iterator().next() >= PONG_MILLIS) {
            close(ErrorCode.REQUEST_TIMEOUT, "no PONG within " + PONG_MILLIS + " ms");
        }
    }

    private void end() {
        phase = Phase.OVER;
        effects.add(new Effect.CloseConnection(0, "the control stream has ended"));
    }

    /** The client is not let in, and is told so on the stream too. */
    private void refuse(ErrorCode code, String sentence) {
        effects.add(new Effect.Write(new Frame.StreamError(code.number(), sentence)));
        close(code, sentence);
    }

    private void close(ErrorCode code, String sentence) {
        phase = Phase.OVER;
        effects.add(new Effect.CountRefusals(code, sentence, 1));
        effects.add(new Effect.CloseConnection(code.number(), sentence));
    }
}
