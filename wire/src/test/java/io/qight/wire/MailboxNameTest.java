package io.qight.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MailboxNameTest {
    @ParameterizedTest
    @ValueSource(strings = {"b", "bob", " ", "B/o.b:1", "日本語", "📬", "\u00A0", "key:", "\uFFFD"})
    void anyTextWithoutControlCharactersIsAName(String text) {
        assertThat(new MailboxName(text).value()).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "ü", "日", "📬"})
    void limitCountsBytesNotCharacters(String character) {
        int bytes = utf8Bytes(character);
        String longest = character.repeat(255 / bytes) + "x".repeat(255 % bytes);

        assertThat(utf8Bytes(longest)).isEqualTo(255);
        assertThat(new MailboxName(longest).value()).isEqualTo(longest);
        refused(longest + "x", "more than 255 bytes");
    }

    @Test
    void emptyNameIsRefused() {
        refused("", "empty");
    }

    @Test
    void everyControlCharacterIsRefusedWhereverItStands() {
        int refused = 0;
        for (char c = 0; c < 0x300; c++) {
            if (Character.getType(c) == Character.CONTROL) {
                refused("" + c, "control");
                refused(c + "b", "control");
                refused("b" + c, "control");
                refused++;
            }
        }
        assertThat(refused).isEqualTo(65);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\uD83D", "\uDCEC", "\uDCEC\uD83D", "a\uD83Db", "\uD83D\uD83D\uDCEC"})
    void halfASurrogatePairIsRefused(String text) {
        refused(text, "not valid Unicode");
    }

    @Test
    void keyAddressedNamesBeginWithThePrefix() {
        assertThat(new MailboxName("key:abc").keyAddressed()).isTrue();
        assertThat(new MailboxName("Key:abc").keyAddressed()).isFalse();
        assertThat(new MailboxName(" key:abc").keyAddressed()).isFalse();
    }

    private static int utf8Bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static void refused(String name, String why) {
        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> new MailboxName(name))
                .withMessageContaining(why)
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_MAILBOX));
    }
}
