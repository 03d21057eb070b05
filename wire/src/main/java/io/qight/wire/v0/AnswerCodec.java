package io.qight.wire.v0;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.qight.wire.ErrorCode;
import io.qight.wire.Limits;
import io.qight.wire.ProtocolException;
import io.qight.wire.text.Sentence;
import java.util.Optional;

/**
 * The relay's answers: a line, or for a FETCH that succeeds, for each envelope a u32 big-endian
 * length and its bytes, then a u32 zero.
 *
 * <p>An error is the line {@code ERROR: <code>: <sentence>}. It may stand where the length of a
 * fetched envelope is due, since no length begins with the letters {@code ERRO}.
 *
 * <p>Names and sentences are for people, so they never fail: in both directions a control character
 * in them becomes a space; one that is too long is cut when written, and bytes that are not UTF-8
 * become U+FFFD when read.
 *
 * <p>A decoder that returns empty needs more bytes and has read nothing. If the stream has ended by
 * then, the answer is not whole, which the caller has to notice.
 */
public final class AnswerCodec {
    /** The longest answer line, its line feed included, in bytes. */
    public static final int LINE_BYTES_MAX = 2048;

    /** The length that ends the answer to a FETCH. */
    public static final int FETCH_END = 0;

    private static final byte LF = '\n';
    private static final String OK = "OK";
    private static final String ERROR_PREFIX = "ERROR: ";
    private static final int ERRO = ('E' << 24) | ('R' << 16) | ('R' << 8) | 'O';

    private AnswerCodec() {}

    /** The line that greets a client. */
    public static void encodeWelcome(String relayName, ByteBuf out) {
        writeLine("WELCOME " + relayName, out);
    }

    /** The line that says: stored. */
    public static void encodeOk(ByteBuf out) {
        ByteBufUtil.writeAscii(out, OK + "\n");
    }

    /** The line that refuses; {@code code} is one {@link ErrorCode#fromRelay() from the relay}. */
    public static void encodeError(ErrorCode code, String sentence, ByteBuf out) {
        writeLine(ERROR_PREFIX + code.token() + ": " + sentence, out);
    }

    /**
     * The answer's line without its line feed, which is read too; empty if it is not complete.
     *
     * @throws Refusal if the line is an error
     * @throws ProtocolException {@link ErrorCode#BAD_ANSWER} if it can be no answer
     */
    public static Optional<String> decodeLine(ByteBuf in) throws Refusal {
        int searched = Math.min(in.writerIndex(), in.readerIndex() + LINE_BYTES_MAX);
        int end = in.indexOf(in.readerIndex(), searched, LF);
        if (end < 0) {
            if (in.readableBytes() >= LINE_BYTES_MAX) {
                throw badAnswer("the answer's line does not end");
            }
            return Optional.empty();
        }
        String line =
                Sentence.printable(in.toString(in.readerIndex(), end - in.readerIndex(), UTF_8));
        in.readerIndex(end + 1);
        if (line.startsWith(ERROR_PREFIX)) {
            throw Refusal.parse(line.substring(ERROR_PREFIX.length()));
        }
        return Optional.of(line);
    }

    /** As {@link #decodeLine}; the line must say that the envelope was stored. */
    public static boolean decodeOk(ByteBuf in) throws Refusal {
        Optional<String> line = decodeLine(in);
        if (line.isPresent() && !line.get().equals(OK)) {
            throw badAnswer("the answer to SEND is neither OK nor an error");
        }
        return line.isPresent();
    }

    /**
     * The length of the next envelope of an answer to FETCH, or {@link #FETCH_END}; empty if it is
     * not complete.
     *
     * @throws Refusal if there is an error in its place
     * @throws ProtocolException {@link ErrorCode#BAD_ANSWER} if it can be no length
     */
    public static Optional<Integer> decodeFetchLength(ByteBuf in) throws Refusal {
        if (in.readableBytes() < Integer.BYTES) {
            return Optional.empty();
        }
        long length = in.getUnsignedInt(in.readerIndex());
        if (length == ERRO) {
            if (decodeLine(in).isPresent()) {
                throw badAnswer("a line stands where an envelope's length is due");
            }
            return Optional.empty();
        }
        if (length > Limits.ENVELOPE_BYTES_MAX) {
            throw badAnswer("an envelope of " + length + " bytes");
        }
        in.skipBytes(Integer.BYTES);
        return Optional.of((int) length);
    }

    private static void writeLine(String line, ByteBuf out) {
        out.writeBytes(Sentence.fit(line, LINE_BYTES_MAX - 1).getBytes(UTF_8)).writeByte(LF);
    }

    private static ProtocolException badAnswer(String sentence) {
        return new ProtocolException(ErrorCode.BAD_ANSWER, sentence);
    }

    /** The relay said no: not a fault of either end, so the compiler asks the caller to look. */
    public static final class Refusal extends Exception {
        private static final long serialVersionUID = 1L;

        private final ErrorCode code;

        private Refusal(ErrorCode code, String sentence) {
            super(sentence, null, false, false);
            this.code = code;
        }

        /** Older relays give a sentence alone, newer ones codes of theirs: a plain refusal. */
        private static Refusal parse(String text) {
            int colon = text.indexOf(": ");
            if (colon >= 0) {
                Optional<ErrorCode> code = ErrorCode.ofToken(text.substring(0, colon));
                if (code.isPresent() && code.get().fromRelay()) {
                    return new Refusal(code.get(), text.substring(colon + 2));
                }
            }
            return new Refusal(ErrorCode.NOT_ALLOWED, text);
        }

        /** Why, as a number of the error table. */
        public ErrorCode code() {
            return code;
        }
    }
}
