package io.qight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.wire.MessageEnvelope;
import org.junit.jupiter.api.Test;

class PayloadTest {
    @Test
    void textIsShownAsItIs() {
        MessageEnvelope envelope = MessageEnvelope.builder().payload("grüße\n\tund 🙂").build();
        assertThat(Payload.printable(envelope)).isEqualTo("grüße\n\tund 🙂");
    }

    @Test
    void bytesThatAreNoTextAreShownInBase64() {
        MessageEnvelope envelope =
                MessageEnvelope.builder().payload(new byte[] {(byte) 0xff, 0, 1}).build();
        assertThat(Payload.text(envelope)).isEmpty();
        assertThat(Payload.printable(envelope)).isEqualTo("base64:/wAB");
    }

    @Test
    void whatWouldSteerATerminalIsShownInBase64() {
        MessageEnvelope envelope = MessageEnvelope.builder().payload("\u001b[2Jgone").build();
        assertThat(Payload.text(envelope)).hasValue("\u001b[2Jgone");
        assertThat(Payload.printable(envelope)).isEqualTo("base64:G1sySmdvbmU=");
    }
}
