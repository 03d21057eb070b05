package io.qight.relay.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenTableTest {
    private static final Path FILE = Path.of("tokens");
    private static final String HASH = hash("secret");

    @Test
    void aLineIsANameAHashAndPermissions() {
        TokenTable table = parse("alice " + HASH + " send:* fetch:alice fetch:alice/*");
        TokenTable.Entry entry = table.find(token("secret")).orElseThrow();
        assertThat(entry.name).isEqualTo("alice");
        assertThat(entry.send).extracting(MailboxPattern::text).containsExactly("*");
        assertThat(entry.fetch)
                .extracting(MailboxPattern::text)
                .containsExactly("alice", "alice/*");
        assertThat(table.find(token("Secret"))).isEmpty();
        assertThat(table.find(token(""))).isEmpty();
    }

    @Test
    void emptyLinesCommentsTabsUpperCaseAndCarriageReturnsAreTaken() {
        TokenTable table =
                parse(
                        "# who may\r\n\r\n \t \nalice\t"
                                + HASH.toUpperCase(java.util.Locale.ROOT)
                                + "  send:bob \r\n"
                                + "carol "
                                + hash("other")
                                + " fetch:k\u00e4se\n");
        assertThat(table.size()).isEqualTo(2);
        assertThat(table.find(token("secret"))).isPresent();
        assertThat(table.find(token("other"))).isPresent();
    }

    @Test
    void anEmptyFileKnowsNobody() {
        assertThat(parse("").size()).isZero();
        assertThat(parse("").find(token(""))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "alice",
                "alice HASH",
                "alice SHORT send:*",
                "alice gHASH send:*",
                "al/ice HASH send:*",
                "../alice HASH send:*",
                "k\u00e4se HASH send:*",
                "ali\u0000ce HASH send:*",
                "alice HASH send:bo\u001bb",
                "alice HASH send:bo\u0085b",
                "alice HASH send:a\rb",
                "alice HASH send:",
                "alice HASH send:*bob",
                "alice HASH send:a*b",
                "alice HASH send:**",
                "alice HASH read:bob",
                "alice HASH bob",
                "alice HASH Send:bob",
                "alice HASH send:LONG",
                "LONGNAME HASH send:*"
            })
    void aBadLineIsToldByItsNumberAndNeverByItsWords(String line) {
        String bad =
                line.replace("LONGNAME", "n".repeat(65))
                        .replace("HASH", HASH)
                        .replace("SHORT", HASH.substring(1))
                        .replace("LONG", "m".repeat(256));
        BadTokenFileException thrown =
                catchThrowableOfType(
                        BadTokenFileException.class, () -> parse("# first\n\n" + bad + "\n# end"));
        assertThat(thrown.line()).isEqualTo(3);
        assertThat(thrown.file()).isEqualTo(FILE);
        String message = String.valueOf(thrown.getMessage());
        assertThat(message).startsWith("the token file tokens, line 3: ");
        assertThat(message.chars()).noneMatch(Character::isISOControl);
        for (String word : bad.split(" ", -1)) {
            if (word.length() > 6) {
                assertThat(message).doesNotContain(word);
            }
        }
    }

    @Test
    void aTokenInPlaceOfItsHashIsNotRepeated() {
        String token = "hJx1v0nKq9c3l2Tz7wYb5R8sPuE4oAaQdXfGmNiVkBt";
        assertThatThrownBy(() -> parse("alice " + token + " send:*"))
                .hasMessageContaining("line 1")
                .hasMessageNotContaining(token);
    }

    @Test
    void aNameStandsOnce() {
        assertThatThrownBy(() ->
                        parse(
                                "a "
                                        + HASH
                                        + " send:x\nb "
                                        + hash("b")
                                        + " send:x\na "
                                        + hash("c")
                                        + " send:x"))
                .hasMessageEndingWith("line 3: the name came before");
    }

    @Test
    void aHashStandsOnce() {
        assertThatThrownBy(() -> parse("a " + HASH + " send:x\nb " + HASH + " send:x"))
                .hasMessageEndingWith("line 2: the hash came before");
    }

    @Test
    void filesAreReadAndWhatIsWrongWithThemIsSaid(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("tokens");
        assertThatThrownBy(() -> TokenTable.read(file))
                .isInstanceOf(BadTokenFileException.class)
                .hasMessageContaining("does not exist");
        Files.writeString(file, "alice " + HASH + " send:*\n");
        assertThat(TokenTable.read(file).size()).isEqualTo(1);
        Files.write(file, new byte[] {'#', (byte) 0xFF, '\n'});
        assertThatThrownBy(() -> TokenTable.read(file)).hasMessageContaining("is not UTF-8");
        Files.write(file, new byte[(16 << 20) + 1]);
        assertThatThrownBy(() -> TokenTable.read(file)).hasMessageContaining("16 MiB");
        assertThatThrownBy(() -> TokenTable.read(directory))
                .isInstanceOf(BadTokenFileException.class);
    }

    @Test
    void theHashIsOfTheTokensText() {
        // printf %s abc | sha256sum
        assertThat(HexFormat.of().formatHex(token("abc").sha256()))
                .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    @Test
    void nothingShowsAToken() {
        assertThat(token("secret")).hasToString("a token of 6 bytes");
        assertThat(
                        new Peer(
                                        java.net.InetAddress.getLoopbackAddress(),
                                        java.util.Optional.empty(),
                                        java.util.Optional.of(token("secret")),
                                        false)
                                .toString())
                .doesNotContain("secret");
    }

    static TokenTable parse(String text) {
        return TokenTable.parse(FILE, text);
    }

    static Token token(String text) {
        return new Token(ByteBuffer.wrap(text.getBytes(UTF_8)));
    }

    static String hash(String token) {
        return HexFormat.of().formatHex(token(token).sha256());
    }
}
