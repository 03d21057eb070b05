package io.qight.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/** A client's token in a file for its owner alone: its text, and a line feed. */
final class TokenFile {
    private static final int BYTES_MAX = 8192;
    private static final int TOKEN_CHARS_MAX = 4096;

    private static final Set<PosixFilePermission> OWNER =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    private TokenFile() {}

    /**
     * Writes a new file.
     *
     * @throws CommandFailure if there is one
     */
    static void write(String token, Path file) throws IOException {
        FileAttribute<?>[] mode =
                hasModes(file)
                        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER)}
                        : new FileAttribute<?>[0];
        try (var out =
                Files.newByteChannel(
                        file,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        mode)) {
            out.write(ByteBuffer.wrap((token + "\n").getBytes(US_ASCII)));
        } catch (FileAlreadyExistsException e) {
            throw new CommandFailure(
                    Failures.FAILED, file + " is there already, and is not overwritten", e);
        }
    }

    /**
     * Reads a file.
     *
     * @throws CommandFailure if others than its owner may read it, or it holds no token
     */
    static String read(Path file) throws IOException {
        if (hasModes(file) && !OWNER.containsAll(Files.getPosixFilePermissions(file))) {
            throw new CommandFailure(
                    Failures.FAILED,
                    file
                            + " may be read by others than its owner: chmod 600 it, if it is still"
                            + " a secret");
        }
        String text = Files.size(file) > BYTES_MAX ? "" : Files.readString(file, ISO_8859_1);
        return token(text.strip(), file.toString());
    }

    /**
     * The text, if it can be a token.
     *
     * @param where it was found; what it is is not said
     */
    static String token(String text, String where) {
        if (text.isEmpty()
                || text.length() > TOKEN_CHARS_MAX
                || text.chars().anyMatch(c -> c <= ' ' || c >= 0x7F)) {
            throw new CommandFailure(Failures.FAILED, where + " holds no token");
        }
        return text;
    }

    private static boolean hasModes(Path file) {
        return file.getFileSystem().supportedFileAttributeViews().contains("posix");
    }
}
