package io.qight.cli;

import io.qight.identity.DeliveryProof;
import io.qight.identity.IdentityKey;
import io.qight.identity.Storage;
import io.qight.identity.StorageProof;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.Id;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
            "Check what relays and receivers have signed, without asking them.",
            "A proof that begins with qight-proof: says that a relay stored a message, one with"
                    + " qight-delivery: that a receiver got it. Ends with exit code 0 only if every"
                    + " line of the file is one or the other, signed by that key."
        },
        footer = {
            "",
            "Examples:",
            "  qight send bob \"hello\" --proof sent.proof",
            "  qight verify sent.proof --by key:...",
            "  qight fetch --identity me.pem key:... --json | jq -r .payload > got.proof",
            "  qight verify got.proof --by key:..."
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
                "The key that is to have signed, key:...: the relay's for receipts, as its operator"
                        + " makes it known, or the receiver's. Without it a proof says only which"
                        + " key has signed."
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
                Checked checked = check(line);
                requireSigner(checked.by(), expected);
                print(checked, out);
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

    private static Checked check(String line) {
        Map<String, String> fields = new LinkedHashMap<>();
        if (line.strip().startsWith(DeliveryProof.TEXT_PREFIX)) {
            DeliveryProof proof = DeliveryProof.ofText(line);
            describe(proof.id(), proof.digest(), fields);
            fields.put("at", Instant.ofEpochMilli(proof.signedMillis()).toString());
            return new Checked("received", proof.mailbox(), fields, proof.receiver());
        }
        StorageProof proof = StorageProof.ofText(line);
        Storage storage = proof.storage();
        describe(storage.id(), storage.digest(), fields);
        fields.put("until", Instant.ofEpochMilli(storage.deadlineMillis()).toString());
        fields.put("durability", DURABILITIES.get((int) storage.durability() - 1));
        return new Checked("stored", storage.mailbox(), fields, proof.relay());
    }

    private static void describe(Id id, ByteBuffer digest, Map<String, String> fields) {
        byte[] bytes = new byte[digest.remaining()];
        digest.duplicate().get(bytes);
        fields.put("id", new UUID(id.high(), id.low()).toString());
        fields.put("sha256", HexFormat.of().formatHex(bytes));
    }

    private static void requireSigner(IdentityKey signer, Optional<IdentityKey> expected) {
        if (expected.isPresent() && !expected.get().equals(signer)) {
            throw new CommandFailure(Failures.FAILED, "signed by another key, " + signer.address());
        }
    }

    private void print(Checked checked, Output out) throws IOException {
        if (json) {
            out.jsonLine(object -> {
                object.text("kind", checked.kind()).text("mailbox", checked.mailbox());
                checked.fields().forEach(object::text);
                object.text("by", checked.by().address());
            });
        } else {
            out.line(checked.kind() + " for " + checked.mailbox());
            for (Map.Entry<String, String> field : checked.fields().entrySet()) {
                out.line(String.format("  %-10s  %s", field.getKey(), field.getValue()));
            }
            out.line("  signed by   " + checked.by().address());
        }
    }

    /**
     * A good proof.
     *
     * @param kind what was done to the message
     * @param mailbox where it was
     * @param fields what else is said of it
     * @param by who has signed
     */
    private record Checked(
            String kind, String mailbox, Map<String, String> fields, IdentityKey by) {}
}
