package io.qight.bench.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.load.LoadPlan;
import io.qight.load.Pace;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class PeerClientsTest {
    private static final Place PLACE = new Place(4222, Path.of("files"));

    private static LoadPlan plan(Pace pace, int receivers) {
        return new LoadPlan(
                "some work",
                pace,
                1,
                receivers,
                1,
                128,
                0,
                Duration.ofMillis(500),
                Duration.ofSeconds(2));
    }

    private static LoadPlan passedOn(LoadPlan plan) {
        Peer peer = Peers.all().get(0);
        List<String> arguments = PeerClients.arguments(peer, PLACE, plan, Path.of("out.json"));
        return PeerClients.plan(arguments.toArray(new String[0]));
    }

    @Test
    void planIsPassedOn() {
        LoadPlan closed = plan(new Pace.Closed(4096), 0);
        LoadPlan open = plan(new Pace.Open(10_000), 1);
        assertThat(passedOn(closed)).isEqualTo(closed);
        assertThat(passedOn(open)).isEqualTo(open);
    }

    @Test
    void everyPeerHasANameOfItsOwn() {
        List<String> names = Peers.all().stream().map(Peer::name).toList();
        assertThat(names).doesNotHaveDuplicates().hasSize(10);
        assertThat(names).allSatisfy(name -> assertThat(Peers.named(name).name()).isEqualTo(name));
    }

    @Test
    void everyPeerIsThereWithTlsAndWithout() {
        assertThat(Peers.all())
                .allSatisfy(peer -> assertThat(peer.name().endsWith("-tls")).isEqualTo(peer.tls()));
        assertThat(Peers.all().stream().filter(Peer::tls)).hasSize(5);
    }
}
