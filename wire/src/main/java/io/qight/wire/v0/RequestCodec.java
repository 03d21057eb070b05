package io.qight.wire.v0;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import io.qight.wire.text.Utf8;
import java.nio.charset.CharacterCodingException;
import java.util.Optional;

/** The head of a request: its verb and what stands beside it, without the envelope of a SEND. */
public final class RequestCodec {
    /** The longest request without an envelope, its last line feed included, in bytes. */
    public static final int LINE_BYTES_MAX = 1024;

    private static final byte SPACE = ' ';
    private static final byte LF = '\n';
    private static final byte[] HELLO = "HELLO".getBytes(US_ASCII);
    private static final byte[] SEND = "SEND".getBytes(US_ASCII);
    private static final byte[] FETCH = "FETCH".getBytes(US_ASCII);
    private static final byte[][] VERBS = {HELLO, SEND, FETCH};

    private RequestCodec() {}

    /** Writes the head; after a {@link Request.Send} the envelope's bytes are to follow. */
    public static void encode(Request request, ByteBuf out) {
        if (request instanceof Request.Hello hello) {
            writeLine(HELLO, hello.clientId(), out);
        } else if (request instanceof Request.Send send) {
            out.writeBytes(SEND).writeInt(send.envelopeBytes());
        } else if (request instanceof Request.Fetch fetch) {
            writeLine(FETCH, fetch.recipient(), out);
        }
    }

    /**
     * The request at the start of the buffer, which is read up to the end of the head; empty, with
     * nothing read, if more bytes are needed.
     *
     * @param in all bytes of the stream so far
     * @param ended whether no more will come
     * @throws ProtocolException if these bytes can begin no request, or no more will come
     */
    public static Optional<Request> decode(ByteBuf in, boolean ended) {
        Optional<Request> request = Optional.empty();
        if (startsWith(in, SEND)) {
            request = decodeSend(in);
        } else if (startsWith(in, HELLO) && in.readableBytes() > HELLO.length) {
            request = decodeHello(in, ended);
        } else if (startsWith(in, FETCH) && in.readableBytes() > FETCH.length) {
            request = decodeFetch(in);
        } else if (!mayBecomeVerb(in)) {
            throw noVerb(in);
        }
        if (ended && request.isEmpty()) {
            throw malformed("the stream ended within the request");
        }
        return request;
    }

    private static void writeLine(byte[] verb, String text, ByteBuf out) {
        out.writeBytes(verb).writeByte(SPACE).writeBytes(text.getBytes(UTF_8)).writeByte(LF);
    }

    private static Optional<Request> decodeSend(ByteBuf in) {
        if (in.readableBytes() < SEND.length + Integer.BYTES) {
            return Optional.empty();
        }
        Request request = new Request.Send(in.getInt(in.readerIndex() + SEND.length));
        in.skipBytes(SEND.length + Integer.BYTES);
        return Optional.of(request);
    }

    private static Optional<Request> decodeHello(ByteBuf in, boolean ended) {
        return switch (in.getByte(in.readerIndex() + HELLO.length)) {
            case SPACE -> readText(in, HELLO, false).map(Request.Hello::new);
            // Also seen: the id in a line of its own, which the stream's end may end.
            case LF -> readText(in, HELLO, ended).map(Request.Hello::new);
            default -> throw noVerb(in);
        };
    }

    private static Optional<Request> decodeFetch(ByteBuf in) {
        return switch (in.getByte(in.readerIndex() + FETCH.length)) {
            case SPACE -> readText(in, FETCH, false).map(Request.Fetch::new);
            case LF -> throw malformed("FETCH is followed by a space and the name of a mailbox");
            default -> throw noVerb(in);
        };
    }

    /** What stands between the byte after the verb and the next line feed, or the end of all. */
    private static Optional<String> readText(ByteBuf in, byte[] verb, boolean upToEnd) {
        int start = in.readerIndex() + verb.length + 1;
        int searched = Math.min(in.writerIndex(), in.readerIndex() + LINE_BYTES_MAX);
        int end = in.indexOf(start, searched, LF);
        boolean found = end >= 0;
        if (!found) {
            if (in.readableBytes() >= LINE_BYTES_MAX) {
                throw malformed("the request's line has more than " + LINE_BYTES_MAX + " bytes");
            }
            if (!upToEnd) {
                return Optional.empty();
            }
            end = in.writerIndex();
        }
        String text = decodeText(in.slice(start, end - start));
        in.readerIndex(found ? end + 1 : end);
        return Optional.of(text);
    }

    private static String decodeText(ByteBuf bytes) {
        try {
            return Utf8.decode(bytes);
        } catch (CharacterCodingException e) {
            throw malformed("the request's line is not UTF-8");
        }
    }

    private static boolean startsWith(ByteBuf in, byte[] verb) {
        return in.readableBytes() >= verb.length && matches(in, verb, verb.length);
    }

    private static boolean mayBecomeVerb(ByteBuf in) {
        for (byte[] verb : VERBS) {
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

    private static ProtocolException noVerb(ByteBuf in) {
        return in.getByte(in.readerIndex()) == LF
                ? malformed("the request is an empty line")
                : new ProtocolException(ErrorCode.UNKNOWN_VERB);
    }

    private static ProtocolException malformed(String sentence) {
        return new ProtocolException(ErrorCode.MALFORMED_REQUEST, sentence);
    }
}
