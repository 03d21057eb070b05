package io.qight.bench.peers;

import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamOptions;
import io.nats.client.Message;
import io.nats.client.Options;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/** NATS JetStream: a stream in files, one replica, by jnats. */
final class Nats implements Peer {
    private static final String STREAM = "bench";
    private static final String CONSUMER = "receiver";
    private static final int UNACKNOWLEDGED_MAX = 65_536;
    private static final int QUEUE_MAX = 65_536;
    private static final Duration ANSWER_TIMEOUT = Duration.ofMinutes(1);

    private final boolean syncs;
    private final boolean tls;

    Nats(boolean syncs, boolean tls) {
        this.syncs = syncs;
        this.tls = tls;
    }

    @Override
    public String name() {
        return "nats" + (syncs ? "-sync" : "") + (tls ? "-tls" : "");
    }

    @Override
    public boolean tls() {
        return tls;
    }

    @Override
    public String program() {
        return "nats-server";
    }

    @Override
    public String versionOption() {
        return "--version";
    }

    @Override
    public String client() {
        return Peers.jar(Connection.class);
    }

    @Override
    public String stored() {
        return syncs
                ? "written to a file and synced before the answer"
                : "written to a file, synced every two minutes";
    }

    @Override
    public String setUp() {
        return (syncs ? "sync_interval: always; " : "sync_interval by default; ")
                + "stream in files, one replica, limits by default; publishAsync,"
                + " dontForceFlushOnRequest, out queue of "
                + QUEUE_MAX
                + ";"
                + " durable push consumer, explicit acks, max_ack_pending "
                + UNACKNOWLEDGED_MAX;
    }

    @Override
    public List<String> serverArguments(Place place) throws IOException {
        Path file = place.directory().resolve("nats.conf");
        String sync = syncs ? "  sync_interval: always\n" : "";
        String secured =
                tls
                        ? "tls {\n  cert_file: \""
                                + place.certificate()
                                + "\"\n  key_file: \""
                                + place.key()
                                + "\"\n}\n"
                        : "";
        Files.writeString(
                file,
                "listen: \""
                        + Place.HOST
                        + ":"
                        + place.port()
                        + "\"\n"
                        + "jetstream {\n  store_dir: \""
                        + place.directory().resolve("store")
                        + "\"\n"
                        + sync
                        + "}\n"
                        + secured);
        return List.of("-c", file.toString());
    }

    @Override
    public void prepare(Place place) throws Exception {
        Connection connection = connect(place);
        connection
                .jetStreamManagement()
                .addStream(
                        StreamConfiguration.builder()
                                .name(STREAM)
                                .subjects(STREAM)
                                .storageType(StorageType.File)
                                .replicas(1)
                                .build());
        connection.close();
    }

    @Override
    public PeerSender sender(Place place) throws Exception {
        Connection connection = connect(place);
        JetStream stream =
                connection.jetStream(
                        JetStreamOptions.builder().requestTimeout(ANSWER_TIMEOUT).build());
        return payload -> stream.publishAsync(STREAM, payload);
    }

    @Override
    public void receive(Place place, Consumer<ByteBuffer> handler) throws Exception {
        Connection connection = connect(place);
        connection
                .jetStream()
                .subscribe(
                        STREAM,
                        connection.createDispatcher(),
                        message -> handle(message, handler),
                        false,
                        ConsumerConfiguration.builder()
                                .durable(CONSUMER)
                                .ackPolicy(AckPolicy.Explicit)
                                .maxAckPending(UNACKNOWLEDGED_MAX)
                                .buildPushSubscribeOptions());
    }

    private static void handle(Message message, Consumer<ByteBuffer> handler) {
        handler.accept(ByteBuffer.wrap(message.getData()));
        message.ack();
    }

    private Connection connect(Place place)
            throws IOException, InterruptedException, GeneralSecurityException {
        Options.Builder options =
                new Options.Builder()
                        .server((tls ? "tls://" : "nats://") + Place.HOST + ":" + place.port())
                        .maxMessagesInOutgoingQueue(QUEUE_MAX)
                        .dontForceFlushOnRequest()
                        .noReconnect();
        if (tls) {
            options.sslContext(PeerTrust.context(place));
        }
        return io.nats.client.Nats.connect(options.build());
    }
}
