package io.qight.identity;

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
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;

/**
 * An identity in a file: PKCS #8 in PEM (RFC 8410), as other programs write and read it. It is for
 * its owner alone, mode 0600, and where files have such modes one that others may read is refused.
 */
public final class IdentityFile {
    private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
    private static final String END = "-----END PRIVATE KEY-----";

    /** All of the DER before the secret: version 0, the algorithm 1.3.101.112, lengths. */
    private static final byte[] HEAD = HexFormat.of().parseHex("302e020100300506032b657004220420");

    private static final int BYTES_MAX = 4096;

    private static final Set<PosixFilePermission> OWNER =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    private IdentityFile() {}

    /** The file cannot be read, or is not what it should be; says nothing of what is in it. */
    public static final class BadIdentityFile extends IOException {
        private static final long serialVersionUID = 1L;

        BadIdentityFile(String sentence) {
            super(sentence);
        }
    }

    /**
     * Writes a new file.
     *
     * @throws FileAlreadyExistsException if there is one: an identity that is overwritten is gone
     */
    public static void write(Identity identity, Path file) throws IOException {
        byte[] der = Arrays.copyOf(HEAD, HEAD.length + Identity.SEED_BYTES);
        byte[] seed = identity.seed();
        System.arraycopy(seed, 0, der, HEAD.length, seed.length);
        String pem = BEGIN + "\n" + Base64.getEncoder().encodeToString(der) + "\n" + END + "\n";
        FileAttribute<?>[] mode =
                hasModes(file)
                        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER)}
                        : new FileAttribute<?>[0];
        try (var out =
                Files.newByteChannel(
                        file,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        mode)) {
            out.write(ByteBuffer.wrap(pem.getBytes(US_ASCII)));
        }
    }

    /**
     * Reads a file.
     *
     * @throws BadIdentityFile if it holds no identity, or others than its owner may read it
     */
    public static Identity read(Path file) throws IOException {
        if (hasModes(file) && !OWNER.containsAll(Files.getPosixFilePermissions(file))) {
            throw new BadIdentityFile(
                    file
                            + " may be read by others than its owner: chmod 600 it, if it is still"
                            + " a secret");
        }
        if (Files.size(file) > BYTES_MAX) {
            throw noIdentity(file);
        }
        String text = Files.readString(file, ISO_8859_1);
        int begin = text.indexOf(BEGIN);
        int end = text.indexOf(END);
        if (begin < 0 || end < begin) {
            throw noIdentity(file);
        }
        byte[] der;
        try {
            der = Base64.getMimeDecoder().decode(text.substring(begin + BEGIN.length(), end));
        } catch (IllegalArgumentException e) {
            throw noIdentity(file);
        }
        if (der.length != HEAD.length + Identity.SEED_BYTES
                || !Arrays.equals(der, 0, HEAD.length, HEAD, 0, HEAD.length)) {
            throw noIdentity(file);
        }
        return Identity.ofSeed(Arrays.copyOfRange(der, HEAD.length, der.length));
    }

    private static boolean hasModes(Path file) {
        return file.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    private static BadIdentityFile noIdentity(Path file) {
        return new BadIdentityFile(file + " is no Ed25519 key in PEM, not encrypted");
    }
}
