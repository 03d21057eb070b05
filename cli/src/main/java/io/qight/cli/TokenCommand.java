package io.qight.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.qight.relay.access.Token;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code qight token}. */
@Command(
        name = "token",
        mixinStandardHelpOptions = true,
        description = {
            "Make a token, 32 random bytes, and print its SHA-256.",
            "The file is for the client, by --token-file. The hash is for the relay's file of"
                    + " tokens, where a line has a name, the hash and what the token permits."
        },
        footer = {
            "",
            "Examples:",
            "  echo \"alice $(qight token alice.token) send:* fetch:alice\" >> tokens",
            "  qight relay --tokens tokens",
            "  qight fetch --token-file alice.token alice"
        })
final class TokenCommand implements Callable<Integer> {
    private static final int TOKEN_BYTES = 32;

    @Parameters(
            paramLabel = "FILE",
            description = "Where it is kept, for its owner alone; no file is overwritten.")
    private Path file;

    @Option(names = "--show", description = "Make none: print the hash of the one in the file.")
    private boolean show;

    @Override
    public Integer call() throws IOException {
        String token = show ? TokenFile.read(file) : make();
        byte[] sha256 = new Token(ByteBuffer.wrap(token.getBytes(US_ASCII))).sha256();
        try (Output out = Output.standard()) {
            out.line(HexFormat.of().formatHex(sha256));
        }
        return Failures.DONE;
    }

    private String make() throws IOException {
        byte[] bytes = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(bytes);
        String token = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        TokenFile.write(token, file);
        return token;
    }
}
