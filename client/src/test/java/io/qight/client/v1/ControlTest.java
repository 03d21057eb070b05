package io.qight.client.v1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.ConnectionLimits;
import io.qight.wire.v1.Frame;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ControlTest {
    private static final Frame.Hello HELLO =
            new Frame.Hello("me", 0, ByteBuffer.allocate(0), ByteBuffer.allocate(0));

    private final List<String> told = new ArrayList<>();
    private long now = 1_000;
    private final Control control =
            new Control(HELLO, Optional.empty(), 5_000, 10_000, 10_000, new Told(), now);

    @Test
    void helloComesFirst() {
        assertThat(control.poll()).isEqualTo(HELLO);
        assertThat(control.poll()).isNull();
    }

    @Test
    void welcomeIsToldOnce() {
        receive(welcome(30_000));

        assertThat(told).containsExactly("welcome relay");
        assertBad(welcome(30_000));
    }

    @Test
    void aWelcomeThatDoesNotComeIsNotWaitedForLonger() {
        now += 4_999;
        control.heard(now);
        control.tick(now);
        assertThat(told).isEmpty();
        now += 1;
        control.tick(now);
        assertThat(told).containsExactly("failed timed_out");
        assertThat(control.dueMillis()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void limitsAndGoAwayAreTold() {
        assertBad(new Frame.Limits(limits(30_000)));
        assertBad(new Frame.GoAway(15, "", 0, 0));
        receive(welcome(30_000));
        receive(new Frame.Limits(limits(9_000)));
        receive(new Frame.GoAway(15, "soon", 1, 2));

        assertThat(told).containsExactly("welcome relay", "limits", "go away soon");
        assertThat(control.dueMillis()).isEqualTo(now + 3_000);
    }

    @Test
    void anErrorEndsTheConnectionWithItsCode() {
        receive(new Frame.StreamError(12, "not you"));
        receive(new Frame.StreamError(12, "not you"));

        assertThat(told).containsExactly("failed not_allowed");
    }

    @Test
    void pingsAreAnswered() {
        control.poll();
        receive(new Frame.Ping(77));

        assertThat(control.poll()).isEqualTo(new Frame.Pong(77));
    }

    @Test
    void silenceIsAskedAbout() {
        control.poll();
        receive(welcome(60_000));
        now += 9_999;
        control.tick(now);
        assertThat(control.poll()).isNull();
        control.heard(now);
        now += 10_000;
        control.tick(now);
        assertThat(control.poll()).isEqualTo(new Frame.Ping(1));
        now += 9_999;
        receive(new Frame.Pong(1));
        control.tick(now);
        assertThat(told).containsExactly("welcome relay");
        now += 10_000;
        control.tick(now);
        assertThat(control.poll()).isEqualTo(new Frame.Ping(2));
        control.heard(now + 5_000);
        now += 10_000;
        control.tick(now);
        assertThat(told).containsExactly("welcome relay", "failed connection_lost");
    }

    @Test
    void aThirdOfTheIdleTimeIsSilenceEnough() {
        control.poll();
        receive(welcome(9_000));
        now += 3_000;
        control.tick(now);

        assertThat(control.poll()).isEqualTo(new Frame.Ping(1));
    }

    @Test
    void whatMayNotStandThereIsABadAnswer() {
        receive(welcome(30_000));

        assertBad(new Frame.Pong(1));
        assertBad(new Frame.Proved());
    }

    private void receive(Frame frame) {
        control.receive(frame, now);
    }

    private void assertBad(Frame frame) {
        assertThatThrownBy(() -> receive(frame))
                .isInstanceOfSatisfying(
                        ProtocolException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.BAD_ANSWER));
    }

    private static Frame welcome(long idleMillis) {
        return new Frame.Welcome(
                "relay", "service", 0, 1, ByteBuffer.allocate(32), limits(idleMillis));
    }

    private static ConnectionLimits limits(long idleMillis) {
        return new ConnectionLimits(10_000_000, 1, 64, 65_536, 1, 1, 1, 1, 1, 1, idleMillis);
    }

    private final class Told implements Control.Events {
        @Override
        public void proved() {
            told.add("proved");
        }

        @Override
        public void kept(Frame.Kept kept) {
            told.add("kept " + kept.request());
        }

        @Override
        public void welcome(Frame.Welcome welcome) {
            told.add("welcome " + welcome.relayName());
        }

        @Override
        public void limits(ConnectionLimits limits) {
            told.add("limits");
        }

        @Override
        public void goAway(Frame.GoAway goAway) {
            told.add("go away " + goAway.sentence());
        }

        @Override
        public void failed(ErrorCode code, String sentence) {
            told.add("failed " + code.token());
        }
    }
}
