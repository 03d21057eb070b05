package io.qight.cli;

import io.qight.identity.Identity;
import io.qight.identity.IdentityFile;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code qight keygen}. */
@Command(
        name = "keygen",
        mixinStandardHelpOptions = true,
        description = {
            "Make an identity, an Ed25519 key, and print its address.",
            "Whoever has the file is this identity: it reads what is sent to the address. Nobody"
                    + " can make it anew, so keep a copy in a safe place."
        },
        footer = {
            "",
            "Examples:",
            "  qight keygen me.pem",
            "  qight keygen --show me.pem",
            "  qight subscribe --identity me.pem \"$(qight keygen --show me.pem)\""
        })
final class KeygenCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "FILE",
            description = "Where it is kept, for its owner alone; no file is overwritten.")
    private Path file;

    @Option(names = "--show", description = "Make none: print the address of the one in the file.")
    private boolean show;

    @Override
    public Integer call() throws IOException {
        Identity identity = show ? IdentityFile.read(file) : make();
        try (Output out = Output.standard()) {
            out.line(identity.key().address());
        }
        return Failures.DONE;
    }

    private Identity make() throws IOException {
        Identity identity = Identity.generate(new SecureRandom());
        try {
            IdentityFile.write(identity, file);
        } catch (FileAlreadyExistsException e) {
            throw new CommandFailure(
                    Failures.FAILED, file + " is there already, and is not overwritten", e);
        }
        return identity;
    }
}
