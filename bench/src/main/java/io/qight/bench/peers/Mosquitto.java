package io.qight.bench.peers;

import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.Mqtt3AsyncClient;
import com.hivemq.client.mqtt.mqtt3.Mqtt3Client;
import com.hivemq.client.mqtt.mqtt3.Mqtt3ClientBuilder;
import com.hivemq.client.mqtt.mqtt3.message.publish.Mqtt3Publish;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Mosquitto: QoS 1 to a persistent session, by HiveMQ's MQTT client. */
final class Mosquitto implements Peer {
    private static final String TOPIC = "bench";
    private static final String RECEIVER = "receiver";
    private static final long SECONDS_MAX = 10;

    private final boolean tls;

    Mosquitto(boolean tls) {
        this.tls = tls;
    }

    @Override
    public String name() {
        return "mosquitto" + (tls ? "-tls" : "");
    }

    @Override
    public boolean tls() {
        return tls;
    }

    @Override
    public String program() {
        return "mosquitto";
    }

    @Override
    public String versionOption() {
        return "-h";
    }

    @Override
    public String client() {
        return Peers.jar(Mqtt3Client.class);
    }

    @Override
    public String stored() {
        return "in memory, saved to a file every 30 minutes and at the end";
    }

    @Override
    public String setUp() {
        return "persistence true; max_inflight_messages 0, max_queued_messages 0: without limit;"
                + " set_tcp_nodelay true; MQTT 3.1.1, QoS 1, asynchronous publish; persistent"
                + " session, there before anything is sent; acknowledge() after the handler";
    }

    @Override
    public List<String> serverArguments(Place place) throws IOException {
        Path file = place.directory().resolve("mosquitto.conf");
        String secured =
                tls ? "certfile " + place.certificate() + "\nkeyfile " + place.key() + "\n" : "";
        Files.writeString(
                file,
                String.join(
                                "\n",
                                "listener " + place.port() + " " + Place.HOST,
                                "allow_anonymous true",
                                "user " + System.getProperty("user.name"),
                                "persistence true",
                                "persistence_location " + place.directory() + "/",
                                "max_inflight_messages 0",
                                "max_queued_messages 0",
                                "set_tcp_nodelay true",
                                "log_dest stderr",
                                "log_type error")
                        + "\n"
                        + secured);
        return List.of("-c", file.toString());
    }

    /** A session that is gone again, but subscribed: what is sent from now on waits for it. */
    @Override
    public void prepare(Place place) throws Exception {
        Mqtt3AsyncClient client = connect(place, RECEIVER, false);
        client.subscribeWith()
                .topicFilter(TOPIC)
                .qos(MqttQos.AT_LEAST_ONCE)
                .send()
                .get(SECONDS_MAX, TimeUnit.SECONDS);
        client.disconnect().get(SECONDS_MAX, TimeUnit.SECONDS);
    }

    @Override
    public PeerSender sender(Place place) throws Exception {
        Mqtt3AsyncClient client = connect(place, "sender", true);
        return payload ->
                client.publish(
                        Mqtt3Publish.builder()
                                .topic(TOPIC)
                                .qos(MqttQos.AT_LEAST_ONCE)
                                .payload(payload)
                                .build());
    }

    @Override
    public void receive(Place place, Consumer<ByteBuffer> handler) throws Exception {
        Mqtt3AsyncClient client = connect(place, RECEIVER, false);
        client.subscribeWith()
                .topicFilter(TOPIC)
                .qos(MqttQos.AT_LEAST_ONCE)
                .callback(message -> {
                    handler.accept(message.getPayload().orElseThrow());
                    message.acknowledge();
                })
                .manualAcknowledgement(true)
                .send()
                .get(SECONDS_MAX, TimeUnit.SECONDS);
    }

    private Mqtt3AsyncClient connect(Place place, String identifier, boolean cleanSession)
            throws Exception {
        Mqtt3ClientBuilder builder =
                Mqtt3Client.builder()
                        .identifier(identifier)
                        .serverHost(Place.HOST)
                        .serverPort(place.port());
        if (tls) {
            builder = builder.sslConfig(ssl(place));
        }
        Mqtt3AsyncClient client = builder.buildAsync();
        client.connectWith().cleanSession(cleanSession).send().get(SECONDS_MAX, TimeUnit.SECONDS);
        return client;
    }

    private static MqttClientSslConfig ssl(Place place)
            throws GeneralSecurityException, IOException {
        return MqttClientSslConfig.builder().trustManagerFactory(PeerTrust.managers(place)).build();
    }
}
