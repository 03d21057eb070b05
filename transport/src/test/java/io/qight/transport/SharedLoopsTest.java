package io.qight.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SharedLoopsTest {
    private static final Platform PLATFORM = Platform.require();

    @Test
    void theThreadsEndWithTheLastThatUsesThem() throws Exception {
        SharedLoops first = SharedLoops.join(PLATFORM);
        SharedLoops second = SharedLoops.join(PLATFORM);
        assertThat(second.group()).isSameAs(first.group());
        first.group().submit(() -> {}).get(10, TimeUnit.SECONDS);
        assertThat(first.leave().isDone()).isTrue();
        assertThat(second.group().isShuttingDown()).isFalse();
        second.group().submit(() -> {}).get(10, TimeUnit.SECONDS);
        assertThat(second.leave().await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(second.group().isTerminated()).isTrue();
    }

    @Test
    void thoseThatComeLaterHaveNewOnes() throws Exception {
        SharedLoops first = SharedLoops.join(PLATFORM);
        assertThat(first.leave().await(10, TimeUnit.SECONDS)).isTrue();
        SharedLoops later = SharedLoops.join(PLATFORM);
        later.group().submit(() -> {}).get(10, TimeUnit.SECONDS);
        assertThat(later.leave().await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void closingAnEndpointTwiceLeavesOnce() {
        ClientEndpoint other = ClientEndpoint.openOnSharedLoop(TransportSettings.defaults());
        ClientEndpoint endpoint = ClientEndpoint.openOnSharedLoop(TransportSettings.defaults());
        endpoint.close();
        endpoint.close();
        SharedLoops again = SharedLoops.join(PLATFORM);
        assertThat(again.group().isShuttingDown()).isFalse();
        again.leave();
        assertThat(again.group().isShuttingDown()).isFalse();
        other.close();
        assertThat(again.group().isShuttingDown()).isTrue();
    }
}
