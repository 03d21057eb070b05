package io.qight.relay.v1;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qight.identity.Grant;
import io.qight.identity.GrantTerms;
import io.qight.identity.GrantUse;
import io.qight.identity.Identity;
import io.qight.identity.ProofStatement;
import io.qight.identity.Revocation;
import io.qight.identity.SignatureKind;
import io.qight.relay.access.Access;
import io.qight.relay.access.Admission;
import io.qight.relay.access.Peer;
import io.qight.relay.flow.Admissions;
import io.qight.relay.flow.StreamEnd;
import io.qight.relay.grants.OwnerRule;
import io.qight.relay.outbox.SendEntry.Refusal;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Id;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ControlSessionTest {
    private static final ByteBuffer NONE = ByteBuffer.allocate(0);
    private static final Frame HELLO = new Frame.Hello("me", 0xFF, NONE, NONE);

    private static final InetAddress ADDRESS = InetAddress.getLoopbackAddress();
    private static final Access ACCESS = Access.everything();
    private static final Frame RIGHT = hello("right");
    private static final Frame WRONG = hello("wrong");

    private static final ByteBuffer RELAY_KEY = ByteBuffer.allocate(32);
    private static final Identity ALICE = Identity.generate(new SecureRandom());
    private static final Identity PASS = Identity.generate(new SecureRandom());
    private static final GrantTerms.Rate RATE = GrantTerms.Rate.perSecond(10);
    private static final Grant GRANT =
            Grant.sign(ALICE, GrantTerms.of(PASS.key(), 0, 1, RATE, 100));

    private static final Frame CLAIM = new Frame.Hello("me", 0, ALICE.key().bytes(), NONE);

    private final ControlSettings settings =
            new ControlSettings(
                    "relay",
                    new Proofs("service", () -> List.of(RELAY_KEY)),
                    2,
                    ControlSettings.limits(Duration.ofDays(30), Duration.ofSeconds(30)),
                    10_000,
                    10_000,
                    Optional.empty());
    private final ByteBuffer nonce = ByteBuffer.allocate(Frame.Welcome.NONCE_BYTES);
    private final Admissions admissions = new Admissions(ControlSessionTest::admit);
    private ControlSession session = newSession();

    @Test
    void helloIsWelcomedWithoutFeaturesThatNobodyKnows() {
        assertThat(frames(1, HELLO))
                .containsExactly(
                        new Effect.Write(
                                new Frame.Welcome(
                                        "relay", "service", 0, 2, nonce, settings.limits())),
                        letIn());
    }

    @Test
    void receiptsAreSignedWhereTheRelayHasAKeyAndTheClientAsks() {
        assertThat(signsReceipts(Optional.empty(), 3)).isFalse();
        assertThat(signsReceipts(Optional.of(ALICE), 2)).isFalse();
        assertThat(signsReceipts(Optional.of(ALICE), 3)).isTrue();
    }

    private boolean signsReceipts(Optional<Identity> key, long asked) {
        ControlSettings signing =
                new ControlSettings(
                        "relay", settings.proofs(), 2, settings.limits(), 10_000, 10_000, key);
        ControlSession other =
                new ControlSession(
                        signing, new Door(admissions, () -> ADDRESS, Optional::empty), nonce, 0);
        Frame hello = new Frame.Hello("me", asked, NONE, NONE);
        List<Effect> effects = other.step(new Input.Frames(List.of(hello)), 1);
        long inForce = other.signer().isPresent() ? Frame.Hello.SIGNED_RECEIPTS : 0;
        assertThat(effects)
                .contains(
                        new Effect.Write(
                                new Frame.Welcome(
                                        "relay", "service", inForce, 2, nonce, settings.limits())));
        return other.signer().isPresent();
    }

    @Test
    void helloTwiceClosesTheConnection() {
        frames(1, HELLO);
        assertClosed(frames(2, HELLO), ErrorCode.WRONG_STATE);
        assertThat(session.reads()).isFalse();
        assertThat(frames(3, new Frame.Ping(1))).isEmpty();
    }

    @Test
    void proveWithoutAClaimIsWrong() {
        frames(1, HELLO);
        assertClosed(frames(2, new Frame.Prove(ByteBuffer.allocate(64))), ErrorCode.WRONG_STATE);
    }

    @Test
    void aGrantIsUsedByWhoHoldsItsKeyOnThisConnectionAndStreamAlone() {
        frames(1, HELLO);
        Id outbox = new Id(1, 2);
        assertThat(session.grant(use(PASS, nonce, RELAY_KEY, outbox), outbox)).isEqualTo(GRANT);

        assertNotUsed(use(PASS, nonce, RELAY_KEY, outbox), new Id(1, 3));
        assertNotUsed(
                use(PASS, ByteBuffer.allocate(32).put(0, (byte) 1), RELAY_KEY, outbox), outbox);
        assertNotUsed(use(PASS, nonce, ByteBuffer.allocate(32).put(0, (byte) 1), outbox), outbox);
        assertNotUsed(use(ALICE, nonce, RELAY_KEY, outbox), outbox);
    }

    @Test
    void theProofOfOneGrantIsNotAnothers() {
        frames(1, HELLO);
        Id outbox = new Id(1, 2);
        ByteBuffer proof = use(PASS, nonce, RELAY_KEY, outbox).proof();
        Grant other = Grant.sign(ALICE, GrantTerms.of(PASS.key(), 0, 1, RATE, 1));
        assertNotUsed(new Frame.Grant(other.bytes(), proof), outbox);
    }

    @Test
    void aSignatureOfAnotherKindProvesNoGrant() {
        frames(1, HELLO);
        Id outbox = new Id(1, 2);
        ByteBuffer statement = new GrantUse(statement(nonce, RELAY_KEY), outbox, GRANT).bytes();
        for (SignatureKind kind : SignatureKind.values()) {
            if (kind != SignatureKind.USE_GRANT) {
                assertNotUsed(new Frame.Grant(GRANT.bytes(), PASS.sign(kind, statement)), outbox);
            }
        }
    }

    @Test
    void whoHasProvedAKeyLaysDownRulesForItsMailbox() {
        frames(1, CLAIM);
        frames(2, proof(ALICE, nonce, RELAY_KEY, "service", "me"));
        Revocation revocation = Revocation.sign(ALICE, new Id(3, 4), 99);
        assertThat(
                        frames(
                                3,
                                new Frame.Revoke(7, new Id(3, 4), 99, revocation.signature()),
                                new Frame.Demand(8, true)))
                .containsExactly(
                        new Effect.KeepRule(7, new OwnerRule.Revoke(ALICE.key(), revocation)),
                        new Effect.KeepRule(8, new OwnerRule.Demand(ALICE.key(), true)));
        assertThat(session.busy()).isTrue();
        assertThat(step(new Input.RuleKept(7, Optional.empty()), 4))
                .containsExactly(new Effect.Write(new Frame.Kept(7, 0, "")));
        Refusal full = new Refusal(ErrorCode.STORE_FULL);
        assertThat(step(new Input.RuleKept(8, Optional.of(full)), 4))
                .containsExactly(
                        new Effect.CountRefusals(full.code(), full.sentence(), 1),
                        new Effect.Write(new Frame.Kept(8, 8, full.sentence())));
        assertThat(session.busy()).isFalse();
    }

    @Test
    void rulesOfWhoHasProvedNothingAreRefused() {
        frames(1, CLAIM);
        assertThat(frames(2, new Frame.Demand(8, true)))
                .contains(
                        new Effect.Write(
                                new Frame.Kept(
                                        8,
                                        ErrorCode.NOT_PROVED.number(),
                                        ErrorCode.NOT_PROVED.sentence())));
    }

    @Test
    void aRevocationThatAnotherSignedIsRefused() {
        frames(1, CLAIM);
        frames(2, proof(ALICE, nonce, RELAY_KEY, "service", "me"));
        ByteBuffer signature = Revocation.sign(PASS, new Id(3, 4), 99).signature();
        assertThat(frames(3, new Frame.Revoke(7, new Id(3, 4), 99, signature)))
                .noneMatch(effect -> effect instanceof Effect.KeepRule)
                .anyMatch(effect ->
                        effect instanceof Effect.Write write
                                && write.frame() instanceof Frame.Kept kept
                                && kept.code() == ErrorCode.NOT_PROVED.number());
    }

    @Test
    void soManyRulesAreUnderWay() {
        frames(1, CLAIM);
        frames(2, proof(ALICE, nonce, RELAY_KEY, "service", "me"));
        for (int i = 0; i < ControlSession.RULES_MAX; i++) {
            assertThat(frames(3, new Frame.Demand(i, true))).hasSize(1);
        }
        assertClosed(frames(3, new Frame.Demand(99, true)), ErrorCode.WINDOW_EXCEEDED);
    }

    @Test
    void claimedIdentityIsProvedOnce() {
        assertThat(frames(1, CLAIM)).contains(new Effect.AwaitProof(), letIn());
        assertThat(frames(2, proof(ALICE, nonce, RELAY_KEY, "service", "me")))
                .containsExactly(
                        new Effect.Write(new Frame.Proved()), new Effect.Proved(ALICE.key()));
        assertThat(step(new Input.Tick(), 100_000)).isEmpty();
        assertThat(session.needsTicks()).isFalse();
        assertClosed(
                frames(3, proof(ALICE, nonce, RELAY_KEY, "service", "me")), ErrorCode.WRONG_STATE);
    }

    @Test
    void aProofOfAnotherConnectionIsRefused() {
        ByteBuffer other = ByteBuffer.allocate(Frame.Welcome.NONCE_BYTES).put(0, (byte) 1);
        assertNotProved(proof(ALICE, other, RELAY_KEY, "service", "me"));
    }

    @Test
    void aProofThatWasMadeForAnotherRelayIsRefused() {
        ByteBuffer other = ByteBuffer.allocate(32).put(0, (byte) 1);
        assertNotProved(proof(ALICE, nonce, other, "service", "me"));
    }

    @Test
    void aProofForAnotherServiceIsRefused() {
        assertNotProved(proof(ALICE, nonce, RELAY_KEY, "another", "me"));
    }

    @Test
    void aProofAsAnotherClientIsRefused() {
        assertNotProved(proof(ALICE, nonce, RELAY_KEY, "service", "you"));
    }

    @Test
    void aProofByAnotherKeyIsRefused() {
        Identity eve = Identity.generate(new SecureRandom());
        assertNotProved(proof(eve, nonce, RELAY_KEY, "service", "me"));
    }

    @Test
    void aSignatureOfAnotherKindIsNoProof() {
        ByteBuffer statement =
                new ProofStatement(nonce, RELAY_KEY, "service", StreamingProtocol.ALPN, "me")
                        .bytes();
        assertNotProved(new Frame.Prove(ALICE.sign(SignatureKind.ENVELOPE, statement)));
    }

    @Test
    void theProofMustComeInTime() {
        frames(1, CLAIM);
        assertThat(step(new Input.Tick(), 3_000)).isEmpty();
        assertThat(session.needsTicks()).isTrue();
        assertClosed(step(new Input.Tick(), 3_001), ErrorCode.NOT_PROVED);
    }

    @Test
    void whatIsNoKeyIsNotLetIn() {
        List<Effect> effects = frames(1, new Frame.Hello("me", 0, ByteBuffer.allocate(32), NONE));
        assertThat(effects.get(0))
                .isInstanceOfSatisfying(
                        Effect.Write.class,
                        write -> assertThat(write.frame()).isInstanceOf(Frame.StreamError.class));
        assertClosed(effects, ErrorCode.NOT_PROVED);
    }

    private void assertNotUsed(Frame.Grant frame, Id outbox) {
        assertThatThrownBy(() -> session.grant(frame, outbox))
                .isInstanceOfSatisfying(
                        ProtocolException.class,
                        refused -> assertThat(refused.code()).isEqualTo(ErrorCode.NOT_PROVED));
    }

    private static Frame.Grant use(Identity by, ByteBuffer nonce, ByteBuffer relayKey, Id outbox) {
        GrantUse use = new GrantUse(statement(nonce, relayKey), outbox, GRANT);
        return new Frame.Grant(GRANT.bytes(), by.sign(SignatureKind.USE_GRANT, use.bytes()));
    }

    private static ProofStatement statement(ByteBuffer nonce, ByteBuffer relayKey) {
        return new ProofStatement(nonce, relayKey, "service", StreamingProtocol.ALPN, "me");
    }

    private void assertNotProved(Frame proof) {
        frames(1, CLAIM);
        assertClosed(frames(2, proof), ErrorCode.NOT_PROVED);
    }

    private static Frame proof(
            Identity by, ByteBuffer nonce, ByteBuffer relayKey, String service, String clientId) {
        ByteBuffer statement =
                new ProofStatement(nonce, relayKey, service, StreamingProtocol.ALPN, clientId)
                        .bytes();
        return new Frame.Prove(by.sign(SignatureKind.PROVE, statement));
    }

    @Test
    void helloMustComeInTime() {
        assertThat(step(new Input.Tick(), 2_999)).isEmpty();
        assertThat(session.needsTicks()).isTrue();
        assertClosed(step(new Input.Tick(), 3_000), ErrorCode.REQUEST_TIMEOUT);
    }

    @Test
    void helloInTimeIsEnough() {
        frames(2_999, HELLO);
        assertThat(step(new Input.Tick(), 100_000)).isEmpty();
        assertThat(session.needsTicks()).isFalse();
    }

    @Test
    void pingIsAnswered() {
        assertThat(frames(1, HELLO, new Frame.Ping(5), new Frame.Ping(6)))
                .endsWith(new Effect.Write(new Frame.Pong(5)), new Effect.Write(new Frame.Pong(6)));
    }

    @Test
    void pongGoesToWhoAskedForIt() {
        frames(1, HELLO);
        assertThat(step(new Input.Ping(7), 10))
                .containsExactly(new Effect.Write(new Frame.Ping(7)));
        assertThat(frames(11, new Frame.Pong(8))).isEmpty();
        assertThat(frames(12, new Frame.Pong(7))).containsExactly(new Effect.TellPong(7));
        assertThat(frames(13, new Frame.Pong(7))).isEmpty();
        assertThat(step(new Input.Tick(), 100_000)).isEmpty();
    }

    @Test
    void missingPongMeansThatTheConnectionIsLost() {
        frames(1, HELLO);
        step(new Input.Ping(7), 10);
        step(new Input.Ping(8), 5_000);
        frames(6_000, new Frame.Pong(8));
        assertThat(step(new Input.Tick(), 10_009)).isEmpty();
        assertClosed(step(new Input.Tick(), 10_010), ErrorCode.REQUEST_TIMEOUT);
    }

    @Test
    void drainIsAnnouncedOnce() {
        frames(1, HELLO);
        assertThat(step(new Input.Drain(), 2))
                .containsExactly(
                        new Effect.Write(
                                new Frame.GoAway(
                                        ErrorCode.DRAINING.number(),
                                        ErrorCode.DRAINING.sentence(),
                                        10_000,
                                        ControlSession.AFTER_MILLIS)),
                        new Effect.Refuse());
        assertThat(step(new Input.Drain(), 3)).isEmpty();
    }

    @Test
    void nobodyIsLetInWhileTheRelayDrains() {
        assertThat(step(new Input.Drain(), 1)).containsExactly(new Effect.Refuse());
        assertClosed(frames(2, HELLO), ErrorCode.DRAINING);
    }

    @Test
    void endOfTheStreamIsTheEndOfTheConnection() {
        frames(1, HELLO);
        assertThat(step(new Input.Finished(), 2))
                .containsExactly(new Effect.CloseConnection(0, "the control stream has ended"));
    }

    @Test
    void resetOfTheStreamIsTheEndOfTheConnection() {
        frames(1, HELLO);
        assertThat(step(new Input.Gone(StreamEnd.RESET), 2)).hasSize(1);
        assertThat(step(new Input.Gone(StreamEnd.LOST), 3)).isEmpty();
    }

    @Test
    void brokenFrameClosesWithItsCode() {
        assertClosed(
                step(new Input.Broken(ErrorCode.FRAME_TOO_LARGE, "large"), 1),
                ErrorCode.FRAME_TOO_LARGE);
    }

    @Test
    void whoIsRefusedIsToldByAnErrorAndTheClose() {
        assertThat(frames(1, WRONG))
                .containsExactly(
                        new Effect.Write(
                                new Frame.StreamError(ErrorCode.NOT_ALLOWED.number(), "no")),
                        new Effect.CountRefusals(ErrorCode.NOT_ALLOWED, "no", 1),
                        new Effect.CloseConnection(ErrorCode.NOT_ALLOWED.number(), "no"));
    }

    @Test
    void strangersAreNotLetIn() {
        assertClosed(frames(1, hello("stranger")), ErrorCode.NOT_ALLOWED);
    }

    @Test
    void aPolicyThatThrowsLetsNobodyIn() {
        assertClosed(frames(1, hello("broken")), ErrorCode.INTERNAL);
    }

    @Test
    void afterAWrongTokenTheNextOneIsJudgedLaterRightOrWrong() {
        frames(1, WRONG);
        for (Frame next : List.of(RIGHT, WRONG)) {
            session = newSession();
            assertThat(frames(1_000, next)).isEmpty();
            assertThat(session.needsTicks()).isTrue();
            assertThat(step(new Input.Tick(), 1_099)).isEmpty();
            assertThat(step(new Input.Tick(), 1_100)).isNotEmpty();
        }
        assertThat(admissions.delayMillis(ADDRESS, 1_100)).isEqualTo(200);
    }

    @Test
    void whoWaitsAtTheDoorSaysHelloNoMore() {
        frames(1, WRONG);
        session = newSession();
        frames(2, RIGHT);
        assertClosed(frames(3, RIGHT), ErrorCode.WRONG_STATE);
        assertThat(step(new Input.Tick(), 100_000)).isEmpty();
    }

    @Test
    void whoSendsNoTokenWaitsForNobody() {
        frames(1, WRONG);
        session = newSession();
        assertThat(frames(2, HELLO)).contains(letIn());
    }

    @Test
    void proofIsAwaitedFromTheWelcomeOn() {
        frames(1, WRONG);
        session = newSession();
        frames(2, new Frame.Hello("me", 0, ALICE.key().bytes(), text("right")));
        assertThat(step(new Input.Tick(), 5_000)).contains(new Effect.AwaitProof(), letIn());
        assertThat(step(new Input.Tick(), 7_999)).isEmpty();
        assertClosed(step(new Input.Tick(), 8_000), ErrorCode.NOT_PROVED);
    }

    @Test
    void whenTheAccessHasEndedTheConnectionIsClosed() {
        frames(1, HELLO);
        assertClosed(step(new Input.AccessEnded(), 2), ErrorCode.NOT_ALLOWED);
        assertThat(step(new Input.AccessEnded(), 3)).isEmpty();
    }

    private ControlSession newSession() {
        return new ControlSession(
                settings, new Door(admissions, () -> ADDRESS, Optional::empty), nonce, 0);
    }

    private Effect letIn() {
        Admission admission =
                admissions.admit(new Peer(ADDRESS, Optional.empty(), Optional.empty(), false), 0);
        return new Effect.LetIn(((Admission.Granted) admission).access());
    }

    private static Admission admit(Peer peer) {
        String token = peer.token().map(one -> UTF_8.decode(one.bytes()).toString()).orElse("");
        return switch (token) {
            case "", "right" -> new Admission.Granted(ACCESS);
            case "wrong" -> new Admission.Refused("no");
            case "stranger" -> new Admission.Stranger();
            default -> throw new IllegalStateException("a policy with a defect");
        };
    }

    private static Frame hello(String token) {
        return new Frame.Hello("me", 0, NONE, text(token));
    }

    private static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }

    private List<Effect> frames(long now, Frame... frames) {
        return step(new Input.Frames(List.of(frames)), now);
    }

    private List<Effect> step(Input input, long now) {
        return session.step(input, now);
    }

    private static void assertClosed(List<Effect> effects, ErrorCode code) {
        assertThat(effects.get(effects.size() - 1))
                .isInstanceOfSatisfying(
                        Effect.CloseConnection.class,
                        close -> assertThat(close.code()).isEqualTo(code.number()));
    }
}
