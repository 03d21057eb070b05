package io.qight.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.qight.store.MemoryStore;
import io.qight.wire.MessageEnvelope;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AdminAnswersIT {
    @TempDir private Path directory;
    private Relay relay;
    private AdminAnswers answers;

    @BeforeEach
    void start() {
        relay = Relay.start(RelayFixture.config(new MemoryStore(), directory).build());
        answers = new AdminAnswers(relay);
    }

    @AfterEach
    void end() {
        RelayFixture.assertAddsUp(relay);
        relay.close();
    }

    @Test
    void peekGivesAsManyBytesOfThePayloadAsAreAskedFor() {
        send("bob smith", "hello");
        assertThat(ask("peek 0 2 bob smith"))
                .contains("\"payloadBytes\":5", "\"payloadBase64\":\"aGU=\"")
                .contains("\"sender\":\"alice\"", "\"leased\":false")
                .endsWith("}\n");
        assertThat(ask("peek 0 1000 bob smith")).contains("\"payloadBase64\":\"aGVsbG8=\"");
        assertThat(ask("peek 1 1000 bob smith")).isEqualTo("{\"envelopes\":[]}\n");
    }

    @Test
    void oneAnswerHoldsABoundedNumberOfEnvelopes() {
        for (int i = 0; i <= OperatorAnswers.LIST_MAX; i++) {
            send("bob", "m" + i);
        }
        assertThat(ask("peek 0 0 bob").split("\"sequence\"", -1))
                .hasSize(OperatorAnswers.LIST_MAX + 1);
        assertThat(ask("peek " + OperatorAnswers.LIST_MAX + " 0 bob").split("\"sequence\"", -1))
                .hasSize(2);
    }

    @Test
    void aSenderAsLongAsAnEnvelopeIsShortened() {
        MessageEnvelope envelope =
                MessageEnvelope.builder()
                        .sender("\u0001".repeat(1_000_000))
                        .recipient("bob")
                        .build();
        relay.append(envelope, Duration.ofHours(1)).join();
        assertThat(ask("peek 0 0 bob")).hasSizeLessThan(10_000);
    }

    @Test
    void purgeSaysWhatItRemovedAndWhetherToGoOn() {
        send("bob", "x");
        assertThat(ask("purge 9 bob")).isEqualTo("{\"removed\":1,\"more\":true}\n");
        assertThat(ask("purge 9 bob")).isEqualTo("{\"removed\":0,\"more\":false}\n");
    }

    @Test
    void deadLettersThatAreNotThereAreNotFound() {
        assertThat(ask("dead 0 0 bob")).isEqualTo("{\"envelopes\":[]}\n");
        assertThat(ask("requeue 7 bob")).isEqualTo("{\"found\":false}\n");
        assertThat(ask("drop 7 bob")).isEqualTo("{\"found\":false}\n");
        assertThat(ask("stat bob")).contains("\"dead\":0");
    }

    @Test
    void badRequestsAreTypedErrors() {
        assertThat(ask("stop")).startsWith("{\"error\":\"unknown_verb\"");
        assertThat(ask("")).startsWith("{\"error\":\"unknown_verb\"");
        for (String bad : new String[] {"peek", "peek bob", "peek 1 bob", "purge x bob", "drop "}) {
            assertThat(ask(bad)).as(bad).startsWith("{\"error\":\"malformed_request\"");
        }
        assertThat(ask("purge 1 ")).startsWith("{\"error\":\"invalid_mailbox\"");
        assertThat(ask("peek 0 0 \u0001dead/bob")).startsWith("{\"error\":\"invalid_mailbox\"");
        assertThat(ask("peek -5 -5 bob")).isEqualTo("{\"envelopes\":[]}\n");
    }

    private void send(String mailbox, String text) {
        MessageEnvelope envelope =
                MessageEnvelope.builder().sender("alice").recipient(mailbox).payload(text).build();
        relay.append(envelope, Duration.ofHours(1)).join();
    }

    private String ask(String request) {
        return new String(answers.answer(request), UTF_8);
    }
}
