package io.qight.wire.v0;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.qight.wire.ErrorCode;
import io.qight.wire.Limits;
import io.qight.wire.MailboxName;
import io.qight.wire.ProtocolException;
import java.nio.charset.CharacterCodingException;
import java.util.Optional;

/** The head of a request: its verb and what stands beside it, without the envelope of a SEND. */
public final class RequestCodec {
    /** The longest line, its line feed included, in bytes. */
    public static final int LINE_BYTES_MAX = 1024;

    private static final byte LF = '\n';
    private static final byte[] HELLO = "HELLO".getBytes(US_ASCII);
    private static final byte[] SEND = "SEND".getBytes(US_ASCII);
    private static final byte[] FETCH = "FETCH".getBytes(US_ASCII);

    private RequestCodec() {}

    /** Writes the head; after a {@link Request.Send} the envelope's bytes are to follow. */
    public static void encode(Request request, ByteBuf out) {
        if (request instanceof Request.Hello hello) {
            out.writeBytes(HELLO).writeByte(' ');
            out.writeBytes(hello.clientId().getBytes(UTF_8)).writeByte(LF);
        } else if (request instanceof Request.Send send) {
            out.writeBytes(SEND).writeInt(send.envelopeBytes());
        } else if (request instanceof Request.Fetch fetch) {
            out.writeBytes(FETCH).writeByte(' ');
            out.writeBytes(fetch.recipient().getBytes(UTF_8)).writeByte(LF);
        }
    }

    /**
     * The request at the start of the buffer, which is read up to the end of the head; empty, with
     * nothing read, if more bytes are needed.
     *
     * @param in all bytes of the stream so far
     * @param ended whether no more will come
     * @throws ProtocolException if these bytes can begin no request
     */
    public static Optional<Request> decode(ByteBuf in, boolean ended) {
        if (startsWith(in, SEND)) {
            return decodeSend(in, ended);
        }
        if (startsWith(in, HELLO) && in.readableBytes() > HELLO.length) {
            byte next = in.getByte(in.readerIndex() + HELLO.length);
            if (next == ' ') {
                return readLine(in, HELLO, ended).map(RequestCodec::hello);
            }
            if (next == LF) {
                return readToEnd(in, ended).map(RequestCodec::hello);
            }
        }
        if (startsWith(in, FETCH) && in.readableBytes() > FETCH.length) {
            if (in.getByte(in.readerIndex() + FETCH.length) == ' ') {
                return readLine(in, FETCH, ended).map(RequestCodec::fetch);
            }
        }
        if (mayBecomeVerb(in)) {
            return needMore(ended);
        }
        if (in.getByte(in.readerIndex()) == LF) {
            throw malformed("the request is an empty line");
        }
        throw new ProtocolException(ErrorCode.UNKNOWN_VERB);
    }

    private static Optional<Request> decodeSend(ByteBuf in, boolean ended) {
        if (in.readableBytes() < SEND.length + Integer.BYTES) {
            return needMore(ended);
        }
        long length = in.getUnsignedInt(in.readerIndex() + SEND.length);
        if (length < 1 || length > Limits.ENVELOPE_BYTES_MAX) {
            throw new ProtocolException(
                    ErrorCode.ENVELOPE_SIZE,
                    "an envelope has 1 to " + Limits.ENVELOPE_BYTES_MAX + " bytes, not " + length);
        }
        in.skipBytes(SEND.length + Integer.BYTES);
        return Optional.of(new Request.Send((int) length));
    }

    /** What stands between the verb and its space, and the line feed. */
    private static Optional<String> readLine(ByteBuf in, byte[] verb, boolean ended) {
        int start = in.readerIndex() + verb.length + 1;
        int searched = Math.min(in.writerIndex(), in.readerIndex() + LINE_BYTES_MAX);
        int end = in.indexOf(start, searched, LF);
        if (end < 0) {
            if (in.readableBytes() >= LINE_BYTES_MAX) {
                throw lineTooLong();
            }
            return needMore(ended);
        }
        String text = text(in.slice(start, end - start));
        in.readerIndex(end + 1);
        return Optional.of(text);
    }

    /** The id of a {@code HELLO\n<id>}: all up to the stream's end, a last line feed left away. */
    private static Optional<String> readToEnd(ByteBuf in, boolean ended) {
        if (in.readableBytes() > LINE_BYTES_MAX) {
            throw lineTooLong();
        }
        if (!ended) {
            return Optional.empty();
        }
        int start = in.readerIndex() + HELLO.length + 1;
        int end = in.writerIndex();
        if (end > start && in.getByte(end - 1) == LF) {
            end--;
        }
        String text = text(in.slice(start, end - start));
        in.readerIndex(in.writerIndex());
        return Optional.of(text);
    }

    private static String text(ByteBuf bytes) {
        try {
            return EnvelopeCodec.decodeUtf8(bytes);
        } catch (CharacterCodingException e) {
            throw malformed("the request's line is not UTF-8");
        }
    }

    /** A client's id follows the rule for names, so that it can stand in a log line. */
    private static Request hello(String clientId) {
        try {
            return new Request.Hello(new MailboxName(clientId).value());
        } catch (ProtocolException e) {
            throw malformed("the client id, as a name: " + e.getMessage());
        }
    }

    private static Request fetch(String recipient) {
        return new Request.Fetch(new MailboxName(recipient).value());
    }

    private static <T> Optional<T> needMore(boolean ended) {
        if (ended) {
            throw malformed("the stream ended within the request");
        }
        return Optional.empty();
    }

    private static boolean startsWith(ByteBuf in, byte[] verb) {
        return in.readableBytes() >= verb.length && matches(in, verb, verb.length);
    }

    private static boolean mayBecomeVerb(ByteBuf in) {
        for (byte[] verb : new byte[][] {HELLO, SEND, FETCH}) {
            if (in.readableBytes() <= verb.length && matches(in, verb, in.readableBytes())) {
                return true;
            }
        }
        return false;
    }

    private static boolean matches(ByteBuf in, byte[] verb, int length) {
        for (int i = 0; i < length; i++) {
            if (in.getByte(in.readerIndex() + i) != verb[i]) {
                return false;
            }
        }
        return true;
    }

    private static ProtocolException lineTooLong() {
        return malformed("the request's line has more than " + LINE_BYTES_MAX + " bytes");
    }

    private static ProtocolException malformed(String sentence) {
        return new ProtocolException(ErrorCode.MALFORMED_REQUEST, sentence);
    }
}
