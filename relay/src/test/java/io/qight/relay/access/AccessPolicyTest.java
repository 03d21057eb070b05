package io.qight.relay.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qight.wire.ErrorCode;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AccessPolicyTest {
    private static final String KEY = "key:" + "0".repeat(64);
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();
    private static final Peer NOBODY = peer(null);

    private final TokenPolicy tokens =
            new TokenPolicy(
                    table("alice", "a", "send:orders/* send:bob fetch:alice fetch:alice/*"));

    @Test
    void openNamesPermitEverything() {
        for (Peer peer : List.of(NOBODY, peer("any"), Peer.ofVersion0(HERE))) {
            Access access = granted(AccessPolicy.openNames(), peer);
            assertThat(access.maySend("bob") && access.mayFetch("bob")).isTrue();
            assertThat(access.maySend(KEY) && access.mayFetch(KEY)).isTrue();
        }
    }

    @Test
    void openKeysPermitKeysAlone() {
        Access access = granted(AccessPolicy.openKeys(), NOBODY);
        assertThat(access.maySend(KEY) && access.mayFetch(KEY)).isTrue();
        assertThat(access.maySend("bob") || access.mayFetch("bob")).isFalse();
        assertThat(access.maySend("key") || access.mayFetch("Key:")).isFalse();
    }

    @Test
    void aTokenPermitsWhatItsPatternsSay() {
        Access access = granted(tokens, peer("a"));
        assertThat(List.of("bob", "orders/", "orders/7")).allMatch(access::maySend);
        assertThat(List.of("bobby", "bo", "orders", "Orders/7", "alice", "orders/*".substring(1)))
                .noneMatch(access::maySend);
        assertThat(List.of("alice", "alice/inbox")).allMatch(access::mayFetch);
        assertThat(List.of("bob", "alicex", "*", "alice*")).noneMatch(access::mayFetch);
    }

    @Test
    void aStarAloneIsEveryMailbox() {
        Access access = granted(new TokenPolicy(table("a", "a", "send:*")), peer("a"));
        assertThat(List.of("bob", KEY, "*")).allMatch(access::maySend);
        assertThat(List.of("bob", KEY, "*")).noneMatch(access::mayFetch);
    }

    @Test
    void aWrongTokenIsRefusedAndNoneIsAStranger() {
        assertThat(tokens.admit(NOBODY)).isEqualTo(new Admission.Stranger());
        assertThat(tokens.admit(Peer.ofVersion0(HERE))).isEqualTo(new Admission.Stranger());
        assertThat(tokens.admit(peer("b")))
                .isInstanceOfSatisfying(
                        Admission.Refused.class,
                        refused -> assertThat(refused.code()).isEqualTo(ErrorCode.NOT_ALLOWED));
    }

    @Test
    void aRevokedTokenIsRefusedAsIfItHadNeverBeen() {
        Admission never = tokens.admit(peer("b"));
        tokens.replace(TokenTableTest.parse(""));
        assertThat(tokens.admit(peer("a"))).isEqualTo(never);
    }

    @Test
    void anAccessStandsUntilItsTokenPermitsLess() {
        Access access = granted(tokens, peer("a"));
        assertThat(access.stands()).isTrue();
        tokens.replace(
                table(
                        "renamed",
                        "a",
                        "fetch:alice/* fetch:alice send:more send:orders/* send:bob"));
        assertThat(access.stands()).isTrue();
        assertThat(access.maySend("more")).isFalse();
        assertThat(granted(tokens, peer("a")).maySend("more")).isTrue();
        tokens.replace(table("alice", "a", "send:orders/* send:bob fetch:alice"));
        assertThat(access.stands()).isFalse();
    }

    @Test
    void anAccessEndsWithItsToken() {
        Access access = granted(tokens, peer("a"));
        tokens.replace(table("alice", "another", "send:* fetch:*"));
        assertThat(access.stands()).isFalse();
    }

    @Test
    void anyOfPermitsWhatOneOfThemDoes() {
        AccessPolicy any = AccessPolicy.anyOf(List.of(tokens, AccessPolicy.openKeys()));
        Access alice = granted(any, peer("a"));
        assertThat(alice.maySend(KEY) && alice.maySend("bob") && alice.mayFetch("alice")).isTrue();
        assertThat(alice.maySend("eve") || alice.mayFetch("bob")).isFalse();
        Access nobody = granted(any, NOBODY);
        assertThat(nobody.maySend(KEY)).isTrue();
        assertThat(nobody.maySend("bob")).isFalse();
        tokens.replace(TokenTableTest.parse(""));
        assertThat(alice.stands()).isFalse();
        assertThat(nobody.stands()).isTrue();
    }

    @Test
    void aRefusalStandsWhateverOthersPermit() {
        AccessPolicy open = AccessPolicy.openNames();
        assertThat(AccessPolicy.anyOf(List.of(open, tokens)).admit(peer("b")))
                .isInstanceOf(Admission.Refused.class);
        assertThat(AccessPolicy.anyOf(List.of(tokens, open)).admit(peer("b")))
                .isInstanceOf(Admission.Refused.class);
    }

    @Test
    void whomNobodyKnowsIsAStranger() {
        assertThat(AccessPolicy.anyOf(List.of(tokens, AccessPolicy.certificates())).admit(NOBODY))
                .isEqualTo(new Admission.Stranger());
        assertThat(AccessPolicy.anyOf(List.of()).admit(NOBODY)).isEqualTo(new Admission.Stranger());
    }

    @Test
    void version0BringsNothing() {
        assertThatThrownBy(() ->
                        new Peer(
                                HERE,
                                Optional.empty(),
                                Optional.of(TokenTableTest.token("a")),
                                true))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static TokenTable table(String name, String token, String permissions) {
        return TokenTableTest.parse(name + " " + TokenTableTest.hash(token) + " " + permissions);
    }

    private static Peer peer(@org.jspecify.annotations.Nullable String token) {
        return new Peer(
                HERE,
                Optional.empty(),
                Optional.ofNullable(token).map(TokenTableTest::token),
                false);
    }

    private static Access granted(AccessPolicy policy, Peer peer) {
        Admission admission = policy.admit(peer);
        assertThat(admission).isInstanceOf(Admission.Granted.class);
        return ((Admission.Granted) admission).access();
    }
}
