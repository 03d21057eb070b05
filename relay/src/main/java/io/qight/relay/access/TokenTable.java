package io.qight.relay.access;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The tokens that a relay knows, by their SHA-256, and what each permits. A plain hash is enough,
 * since a token is made of 32 random bytes: nobody finds it by trying. Immutable.
 *
 * <p>A file of them has a line for each: a name of its own, of up to 64 of {@code a-z A-Z 0-9 . _
 * -}; the SHA-256 in hexadecimal digits; and one or more permissions, {@code send:PATTERN} or
 * {@code fetch:PATTERN}, all with spaces between. A pattern is the name of a mailbox, or with
 * {@code *} at its end, all whose names begin so. Empty lines, and lines that begin with {@code #},
 * say nothing. At most 16 MiB.
 */
public final class TokenTable {
    private static final long FILE_BYTES_MAX = 16 << 20;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-fA-F]{64}");
    private static final Pattern BETWEEN = Pattern.compile("[ \t]+");
    private static final String SEND = "send:";
    private static final String FETCH = "fetch:";

    /** Compared with where there is nothing to compare with. */
    private static final Entry NOBODY = new Entry("", new byte[32], List.of(), List.of());

    private final Map<ByteBuffer, Entry> entries;

    private TokenTable(Map<ByteBuffer, Entry> entries) {
        this.entries = Map.copyOf(entries);
    }

    /** What one token permits. */
    static final class Entry {
        final String name;
        final List<MailboxPattern> send;
        final List<MailboxPattern> fetch;
        private final byte[] sha256;

        Entry(String name, byte[] sha256, List<MailboxPattern> send, List<MailboxPattern> fetch) {
            this.name = name;
            this.sha256 = sha256;
            this.send = List.copyOf(send);
            this.fetch = List.copyOf(fetch);
        }

        /** Whether it permits all that the other does. */
        boolean covers(Entry other) {
            return send.containsAll(other.send) && fetch.containsAll(other.fetch);
        }
    }

    /**
     * Reads a file.
     *
     * @throws BadTokenFileException if it cannot be read, or says something that has no meaning
     */
    public static TokenTable read(Path file) {
        try {
            if (Files.size(file) > FILE_BYTES_MAX) {
                throw new IOException("it has more than 16 MiB");
            }
            String text = Files.readString(file, StandardCharsets.UTF_8);
            return parse(file, text);
        } catch (NoSuchFileException e) {
            throw new BadTokenFileException(file, "does not exist", e);
        } catch (CharacterCodingException e) {
            throw new BadTokenFileException(file, "is not UTF-8", e);
        } catch (IOException e) {
            throw new BadTokenFileException(file, "cannot be read: " + e.getMessage(), e);
        }
    }

    /** How many tokens there are. */
    public int size() {
        return entries.size();
    }

    /**
     * What this token permits, if it is known. What is looked up is the hash, so the time that it
     * takes tells at most about hashes, from which nobody comes to a token; found or not, one
     * comparison is made, in constant time.
     */
    Optional<Entry> find(Token token) {
        byte[] sha256 = token.sha256();
        Entry entry = entries.getOrDefault(ByteBuffer.wrap(sha256), NOBODY);
        return MessageDigest.isEqual(entry.sha256, sha256) && entry != NOBODY
                ? Optional.of(entry)
                : Optional.empty();
    }

    /** Whether the token of this entry still permits all that the entry did. */
    boolean covers(Entry entry) {
        Entry now = entries.get(ByteBuffer.wrap(entry.sha256));
        return now == entry || (now != null && now.covers(entry));
    }

    static TokenTable parse(Path file, String text) {
        Map<ByteBuffer, Entry> entries = new HashMap<>();
        Set<String> names = new HashSet<>();
        int number = 0;
        for (String line : text.split("\n", -1)) {
            number++;
            String content = line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
            if (content.isBlank() || content.startsWith("#")) {
                continue;
            }
            try {
                Entry entry = entry(content);
                if (!names.add(entry.name)) {
                    throw new IllegalArgumentException("the name came before");
                }
                if (entries.put(ByteBuffer.wrap(entry.sha256), entry) != null) {
                    throw new IllegalArgumentException("the hash came before");
                }
            } catch (IllegalArgumentException e) {
                throw new BadTokenFileException(file, number, String.valueOf(e.getMessage()));
            }
        }
        return new TokenTable(entries);
    }

    /** What is wrong is said without what stands there: it may be a token in the wrong place. */
    private static Entry entry(String line) {
        if (line.chars().anyMatch(c -> Character.isISOControl(c) && c != '\t')) {
            throw new IllegalArgumentException("it has a control character");
        }
        List<String> words = Arrays.asList(BETWEEN.split(line.strip()));
        if (!NAME.matcher(words.get(0)).matches()) {
            throw new IllegalArgumentException(
                    "a name has 1 to 64 letters, digits, dots, underlines and hyphens");
        }
        if (words.size() < 2 || !SHA256.matcher(words.get(1)).matches()) {
            throw new IllegalArgumentException(
                    "behind the name stands a SHA-256, 64 hexadecimal digits");
        }
        List<MailboxPattern> send = new ArrayList<>();
        List<MailboxPattern> fetch = new ArrayList<>();
        for (String word : words.subList(2, words.size())) {
            if (word.startsWith(SEND)) {
                send.add(new MailboxPattern(word.substring(SEND.length())));
            } else if (word.startsWith(FETCH)) {
                fetch.add(new MailboxPattern(word.substring(FETCH.length())));
            } else {
                throw new IllegalArgumentException("a permission begins with send: or fetch:");
            }
        }
        if (words.size() == 2) {
            throw new IllegalArgumentException("it permits nothing: send: or fetch: is missing");
        }
        byte[] sha256 = HexFormat.of().parseHex(words.get(1));
        return new Entry(words.get(0), sha256, send, fetch);
    }
}
