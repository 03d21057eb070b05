package io.qight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.wire.MessageEnvelope;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class PayloadTest {
    @Test
    void textIsShownAsItIs() {
        MessageEnvelope envelope = MessageEnvelope.builder().payload("grüße\n\tund 🙂").build();
        assertThat(Payload.printable(envelope.payload())).isEqualTo("grüße\n\tund 🙂");
    }

    @Test
    void bytesThatAreNoTextAreShownInBase64() {
        MessageEnvelope envelope =
                MessageEnvelope.builder().payload(new byte[] {(byte) 0xff, 0, 1}).build();
        assertThat(Payload.text(envelope.payload())).isEmpty();
        assertThat(Payload.printable(envelope.payload())).isEqualTo("base64:/wAB");
    }

    @Test
    void whatWouldSteerATerminalIsShownInBase64() {
        MessageEnvelope envelope = MessageEnvelope.builder().payload("\u001b[2Jgone").build();
        assertThat(Payload.text(envelope.payload())).hasValue("\u001b[2Jgone");
        assertThat(Payload.printable(envelope.payload())).isEqualTo("base64:G1sySmdvbmU=");
    }

    @Test
    void theBeginningIsOneLineWithoutControlCharacters() {
        byte[] bytes = "one\n\u001b[2Jtwo\u0000🙂".getBytes(StandardCharsets.UTF_8);
        assertThat(Payload.beginning(bytes, true, 20)).isEqualTo("one..[2Jtwo.🙂");
        assertThat(Payload.beginning(bytes, true, 3)).isEqualTo("one…");
        assertThat(Payload.beginning(bytes, false, 20)).isEqualTo("one..[2Jtwo.🙂…");
    }
}
