package io.qight.cli;

import io.qight.identity.IdentityKey;
import io.qight.identity.Storage;
import io.qight.identity.StorageProof;
import io.qight.wire.ProtocolException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code qight verify}. */
@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        description = {
            "Check what a relay has signed, without asking it.",
            "Ends with exit code 0 only if every line of the file is a proof, signed by the relay"
                    + " of that key."
        },
        footer = {
            "",
            "Examples:",
            "  qight send bob \"hello\" --proof sent.proof",
            "  qight verify sent.proof --by key:..."
        })
final class VerifyCommand implements Callable<Integer> {
    /** As the protocol numbers them, from 1. */
    private static final List<String> DURABILITIES = List.of("fsync", "os", "memory");

    @Parameters(paramLabel = "FILE", description = "Proofs, one a line.")
    private Path file;

    @Option(
            names = "--by",
            paramLabel = "KEY",
            description = {
                "The relay's key for receipts, key:..., as its operator makes it known. Without it"
                        + " a proof says only which key has signed."
            })
    private @Nullable String by;

    @Option(names = "--json", description = "Print each as a JSON object.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        Optional<IdentityKey> expected = Optional.ofNullable(by).map(IdentityKey::ofAddress);
        int number = 0;
        try (Output out = Output.standard()) {
            for (String line : Files.readAllLines(file, StandardCharsets.US_ASCII)) {
                number++;
                print(out, proof(line, expected));
            }
        } catch (ProtocolException e) {
            throw new CommandFailure(
                    Failures.FAILED, file + ", line " + number + ": " + e.sentence(), e);
        }
        if (number == 0) {
            throw new CommandFailure(Failures.FAILED, file + " holds no proof");
        }
        if (by == null) {
            Failures.say("whose key that is, this does not tell: give it by --by");
        }
        return Failures.DONE;
    }

    private static StorageProof proof(String line, Optional<IdentityKey> expected) {
        StorageProof proof = StorageProof.ofText(line);
        if (expected.isPresent() && !expected.get().equals(proof.relay())) {
            throw new CommandFailure(
                    Failures.FAILED, "signed by another key, " + proof.relay().address());
        }
        return proof;
    }

    private void print(Output out, StorageProof proof) throws IOException {
        Storage storage = proof.storage();
        String digest = HexFormat.of().formatHex(bytes(storage));
        String id = new UUID(storage.id().high(), storage.id().low()).toString();
        Instant until = Instant.ofEpochMilli(storage.deadlineMillis());
        String durability = DURABILITIES.get((int) storage.durability() - 1);
        if (json) {
            out.jsonLine(object ->
                    object.text("mailbox", storage.mailbox())
                            .text("id", id)
                            .text("sha256", digest)
                            .text("until", until.toString())
                            .text("durability", durability)
                            .text("by", proof.relay().address()));
        } else {
            out.line("stored for " + storage.mailbox());
            out.line("  id          " + id);
            out.line("  sha-256     " + digest);
            out.line("  until       " + until);
            out.line("  durability  " + durability);
            out.line("  signed by   " + proof.relay().address());
        }
    }

    private static byte[] bytes(Storage storage) {
        byte[] bytes = new byte[storage.digest().remaining()];
        storage.digest().duplicate().get(bytes);
        return bytes;
    }
}
