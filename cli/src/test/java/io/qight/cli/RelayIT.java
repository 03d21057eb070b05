package io.qight.cli;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;

import io.qight.transport.TlsIdentity;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code qight relay} from start to end. */
class RelayIT {
    @TempDir private Path home;

    private Program qight;

    @BeforeEach
    void program() {
        qight = new Program(home).asInstalled();
    }

    @Test
    void itSaysWhereItListensAndWhatToType() throws Exception {
        try (RunningRelay relay = RunningRelay.start(qight)) {
            Path data = home.resolve("data");
            assertThat(relay.said())
                    .contains("listens at   " + relay.address())
                    .contains(data.toString())
                    .contains(data.resolve("relay-cert.pem").toString())
                    .contains("send --relay " + relay.address() + " bob \"hello\"")
                    .contains("fetch --relay " + relay.address() + " bob")
                    .doesNotContain("--trust");
        }
    }

    @Test
    void withAnotherDataDirectoryItSaysWhatToTrust() throws Exception {
        Path other = home.resolve("other");
        try (RunningRelay relay = RunningRelay.start(qight, "--data", other.toString())) {
            Matcher line = Pattern.compile("send (.*) bob \"hello\"").matcher(relay.said());
            assertThat(line.find()).isTrue();
            String[] options = line.group(1).split(" ");
            assertThat(options).contains(other.resolve("relay-cert.pem").toString());
            qight.run("send", options[0], options[1], options[2], options[3], "bob", "hello")
                    .expect(Failures.DONE);
        }
    }

    @Test
    void changedCertificateFilesAreReadAndBadOnesAreNot() throws Exception {
        Path data = home.resolve("data");
        Path other = home.resolve("other");
        try (RunningRelay relay = RunningRelay.start(qight)) {
            String first = relay.fingerprint();
            TlsIdentity next = TlsIdentity.development(other);
            Files.copy(
                    other.resolve("relay-key.pem"),
                    data.resolve("relay-key.pem"),
                    REPLACE_EXISTING);
            relay.signal("HUP");
            Conditions.await(
                    "the key is refused, as it is not the certificate's",
                    () -> relay.said().contains("is not the key of the certificate"));
            qight.run("send", "--relay", relay.address(), "--pin", first, "bob", "one").expect(0);

            // Found without a signal.
            Files.copy(
                    other.resolve("relay-cert.pem"),
                    data.resolve("relay-cert.pem"),
                    REPLACE_EXISTING);
            Conditions.await("the pair is taken", () -> relay.said().contains(next.fingerprint()));
            String pin = next.fingerprint();
            qight.run("fetch", "--relay", relay.address(), "--pin", pin, "bob").expect(0);
            qight.run("fetch", "--relay", relay.address(), "--pin", first, "bob")
                    .expect(Failures.FAILED);
            assertThat(relay.terminate()).as(relay.said()).isZero();
        }
    }

    @Test
    void limitsThatMakeNoSenseAreToldSo() {
        qight.run("relay", "--handshakes", "10", "--handshakes-unproved", "20").expect(2);
        qight.run("relay", "--connections", "0").expect(2);
        qight.run("relay", "--envelope-bytes", "11MB").expect(2);
        qight.run("relay", "--streams", "129").expect(2);
    }

    @Test
    void sigtermEndsItInOrder() throws Exception {
        try (RunningRelay relay = RunningRelay.start(qight)) {
            qight.with("QIGHT_RELAY", relay.address()).run("send", "bob", "kept").expect(0);
            assertThat(relay.terminate()).as(relay.said()).isZero();
        }
        try (RunningRelay relay = RunningRelay.start(qight)) {
            qight.with("QIGHT_RELAY", relay.address());
            assertThat(qight.run("fetch", "bob").expect(0).text()).isEqualTo("kept\n");
        }
    }

    @Test
    void oneDataDirectoryHasOneRelay() throws Exception {
        try (RunningRelay relay = RunningRelay.start(qight)) {
            Program.Result second =
                    qight.run("relay", "--listen", "127.0.0.1:0").expect(Failures.FAILED);
            assertThat(second.errors())
                    .contains(home.resolve("data").toString(), "another")
                    .hasLineCount(1);
            qight.with("QIGHT_RELAY", relay.address()).run("send", "bob", "x").expect(0);
        }
    }

    @Test
    void aPortInUseIsToldSo() throws Exception {
        try (DatagramSocket taken = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            Program.Result result =
                    qight.run("relay", "--listen", "127.0.0.1:" + taken.getLocalPort())
                            .expect(Failures.FAILED);
            assertThat(result.errors())
                    .contains("127.0.0.1:" + taken.getLocalPort(), "in use")
                    .hasLineCount(1);
        }
    }

    @Test
    void namesAreClosedOffLoopbackUnlessTheyAreOpened() throws Exception {
        try (RunningRelay relay = RunningRelay.start(qight, "--listen", "0.0.0.0:0")) {
            assertThat(relay.said()).contains("keygen me.pem", "fetch --relay", "me.pem KEY");
            Program.Result refused =
                    qight.run("send", "bob", "x", "--relay", relay.address())
                            .expect(Failures.FAILED);
            assertThat(refused.errors()).contains("(not_allowed)").hasLineCount(1);
        }
        try (RunningRelay relay =
                RunningRelay.start(qight, "--listen", "0.0.0.0:0", "--open-names")) {
            qight.run("send", "bob", "x", "--relay", relay.address()).expect(Failures.DONE);
        }
    }

    @Test
    void metricsAndReadinessAreServed() throws Exception {
        try (RunningRelay relay = RunningRelay.start(qight, "--metrics", "127.0.0.1:0")) {
            qight.run("send", "bob", "x", "--relay", relay.address()).expect(Failures.DONE);
            Matcher address = Pattern.compile("metrics +(http:\\S+)/metrics").matcher(relay.said());
            assertThat(address.find()).isTrue();
            assertThat(get(address.group(1) + "/ready").statusCode()).isEqualTo(200);
            HttpResponse<String> metrics = get(address.group(1) + "/metrics");
            assertThat(metrics.statusCode()).isEqualTo(200);
            assertThat(metrics.body()).contains("# TYPE qight_");
        }
    }

    @Test
    void statShowsTheRelayAndOneMailbox() throws Exception {
        try (RunningRelay relay = RunningRelay.start(qight)) {
            qight.run("send", "bob", "x", "--relay", relay.address()).expect(Failures.DONE);
            assertThat(qight.run("stat").expect(Failures.DONE).text()).contains("waiting");
            assertThat(qight.run("stat", "bob").expect(Failures.DONE).text()).contains("waiting");
            assertThat(Json.parse(qight.run("stat", "--json").expect(0).text())).isNotEmpty();
            assertThat(Json.parse(qight.run("stat", "bob", "--json").expect(0).text()))
                    .containsEntry("waiting", "1");
        }
        assertThat(qight.run("stat").expect(Failures.RETRY).errors())
                .contains(home.resolve("data").toString())
                .hasLineCount(1);
    }

    private static HttpResponse<String> get(String address) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(address)).build(),
                        HttpResponse.BodyHandlers.ofString());
    }
}
