package io.qight.client.v0;

import io.netty.buffer.ByteBuf;
import io.qight.wire.ProtocolException;
import io.qight.wire.v0.AnswerCodec;
import io.qight.wire.v0.AnswerCodec.Refusal;
import io.qight.wire.v0.EnvelopeCodec;
import java.util.Optional;

/**
 * Reads one answer from the bytes of its stream. Strict: what is not the answer is an error, and
 * half an answer is none. Belongs to one thread.
 *
 * @param <T> what the answer says
 */
sealed interface AnswerDecoder<T> {
    /**
     * Reads what is complete; the rest is to be offered again with more behind it.
     *
     * @return what the answer says, once it is whole
     * @throws Refusal if the relay said no
     * @throws ProtocolException if these bytes are no answer
     */
    Optional<T> decode(ByteBuf in) throws Refusal;

    /** Whether envelopes were in what came so far. */
    default boolean carried() {
        return false;
    }

    /** Any line that is no error: relays greet as they like. */
    final class Welcome implements AnswerDecoder<String> {
        @Override
        public Optional<String> decode(ByteBuf in) throws Refusal {
            return AnswerCodec.decodeLine(in);
        }
    }

    /** The line that says that the envelope was stored. */
    final class Stored implements AnswerDecoder<Boolean> {
        @Override
        public Optional<Boolean> decode(ByteBuf in) throws Refusal {
            return AnswerCodec.decodeOk(in) ? Optional.of(true) : Optional.empty();
        }
    }

    /** Envelopes, each given to the sink as soon as it is whole; the result is their number. */
    final class Fetched implements AnswerDecoder<Long> {
        private static final int UNKNOWN = -1;

        private final EnvelopeSink sink;
        private int length = UNKNOWN;
        private long count;

        Fetched(EnvelopeSink sink) {
            this.sink = sink;
        }

        @Override
        public Optional<Long> decode(ByteBuf in) throws Refusal {
            while (true) {
                if (length == UNKNOWN) {
                    Optional<Integer> next = AnswerCodec.decodeFetchLength(in);
                    if (next.isEmpty()) {
                        return Optional.empty();
                    }
                    if (next.get() == AnswerCodec.FETCH_END) {
                        return Optional.of(count);
                    }
                    length = next.get();
                }
                if (in.readableBytes() < length) {
                    return Optional.empty();
                }
                sink.accept(EnvelopeCodec.decode(in.readSlice(length)));
                count++;
                length = UNKNOWN;
            }
        }

        @Override
        public boolean carried() {
            return count > 0;
        }
    }
}
