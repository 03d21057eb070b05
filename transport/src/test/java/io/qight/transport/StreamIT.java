package io.qight.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.qight.transport.TransportException.ConnectionLost;
import io.qight.transport.TransportException.StreamEnded;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams whose reader is slow or never reads, and what their writer then holds. */
@Timeout(60)
final class StreamIT {
    private static final int STREAMS = 20;
    private static final int STREAM_WINDOW = 64 * 1024;

    /** What the transport may hold of one write that it cannot send. */
    private static final int ONE_WRITE = 64 * 1024;

    @TempDir Path directory;
    private final BlockingQueue<Unread> opened = new LinkedBlockingQueue<>();
    private Rig rig;
    private Connection connection;

    @BeforeEach
    void open() throws Exception {
        TransportSettings settings =
                TransportSettings.defaults()
                        .withStreamsMax(STREAMS)
                        .withWindows(STREAM_WINDOW, 2 * STREAMS * STREAM_WINDOW);
        rig =
                new Rig(
                        directory,
                        settings,
                        stream -> {
                            stream.config().setAutoRead(false);
                            Unread unread = new Unread(stream);
                            opened.add(unread);
                            return unread;
                        });
        connection = rig.connect();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    /** A server's stream that is read when the test says so. */
    private static final class Unread extends Rig.Collector {
        private final QuicStreamChannel stream;
        private final AtomicInteger received = new AtomicInteger();

        Unread(QuicStreamChannel stream) {
            this.stream = stream;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
            received.addAndGet(((ByteBuf) message).readableBytes());
            super.channelRead(context, message);
        }
    }

    /** A client's stream with its output. */
    private record Written(QuicStreamChannel stream, StreamOutput output) {
        <T> T call(Callable<T> action) throws Exception {
            return stream.eventLoop().submit(action).get(10, TimeUnit.SECONDS);
        }

        void run(Runnable action) throws Exception {
            stream.eventLoop().submit(action).get(10, TimeUnit.SECONDS);
        }

        long queued() {
            try {
                return call(output::queuedBytes);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }

    private Written openStream() throws Exception {
        QuicStreamChannel stream = Rig.get(connection.openStream(new Rig.Collector()));
        return stream.eventLoop()
                .submit(() -> new Written(stream, StreamOutput.of(stream)))
                .get(10, TimeUnit.SECONDS);
    }

    private static byte[] random(int bytes) {
        byte[] random = new byte[bytes];
        new Random(bytes).nextBytes(random);
        return random;
    }

    /** Waits until the writer has given away all that it can. */
    private static long settled(List<Written> writers) throws Exception {
        long[] last = {-1, 0};
        Rig.await(
                "the writers are held back",
                () -> {
                    long queued = writers.stream().mapToLong(Written::queued).sum();
                    last[1] = queued == last[0] ? last[1] + 1 : 0;
                    last[0] = queued;
                    return last[1] > 100;
                });
        return last[0];
    }

    @Test
    void unreadStreamHoldsItsSenderBackAndLosesNothing() throws Exception {
        byte[] sent = random(5_000_000);
        Written writer = openStream();
        writer.run(() -> writer.output().finish(Unpooled.wrappedBuffer(sent)));
        long taken = sent.length - settled(List.of(writer));
        assertThat(taken).isBetween(1L, (long) STREAM_WINDOW);
        assertThat(writer.output().finished()).isNotDone();

        Unread reader = Rig.take(opened);
        assertThat(reader.received).as("not one byte was read").hasValue(0);
        while (!reader.all.isDone()) {
            // A slow reader: one read at a time, from another thread.
            reader.stream.read();
            TimeUnit.MICROSECONDS.sleep(200);
        }
        assertThat(Rig.get(reader.all)).isEqualTo(sent);
        Rig.get(writer.output().finished());
        assertThat(writer.queued()).isZero();
    }

    /** The reader of one stream does not wait for those that leave theirs unread. */
    @Test
    void unreadStreamsAreBoundedAndDoNotBlockOthers() throws Exception {
        byte[] sent = random(1_000_000);
        List<Written> writers = new ArrayList<>();
        List<Unread> readers = new ArrayList<>();
        for (int i = 0; i < STREAMS; i++) {
            Written writer = openStream();
            writer.run(() -> writer.output().finish(Unpooled.wrappedBuffer(sent)));
            writers.add(writer);
            readers.add(Rig.take(opened));
        }
        long taken = (long) STREAMS * sent.length - settled(writers);
        assertThat(taken).isBetween((long) STREAM_WINDOW, (long) STREAMS * STREAM_WINDOW);
        Collections.reverse(readers);
        for (Unread reader : readers) {
            reader.stream.config().setAutoRead(true);
            assertThat(Rig.get(reader.all)).isEqualTo(sent);
        }
    }

    @Test
    void oneReadBringsOneBuffer() throws Exception {
        Written writer = openStream();
        writer.run(() -> writer.output().write(Unpooled.wrappedBuffer(random(100_000))));
        settled(List.of(writer));
        Unread reader = Rig.take(opened);
        reader.stream.read();
        Rig.await("something is read", () -> reader.received.get() > 0);
        reader.stream.eventLoop().submit(() -> {}).get(10, TimeUnit.SECONDS);
        assertThat(reader.received).hasValue(Connection.READ_BYTES_MAX);
    }

    @Test
    void writerThatWaitsForDrainedHoldsOneBufferAtATime() throws Exception {
        Written writer = openStream();
        int chunk = 100_000;
        int chunks = 60;
        AtomicInteger written = new AtomicInteger();
        writer.run(() -> {
            StreamOutput output = writer.output();
            output.whenDrained(() -> {
                int number = written.incrementAndGet();
                if (number < chunks) {
                    output.write(Unpooled.wrappedBuffer(new byte[chunk]));
                } else if (number == chunks) {
                    output.finish();
                }
            });
            output.write(Unpooled.wrappedBuffer(new byte[chunk]));
        });
        assertThat(settled(List.of(writer))).isBetween(1L, (long) chunk);
        Unread reader = Rig.take(opened);
        reader.stream.config().setAutoRead(true);
        reader.stream.read();
        assertThat(Rig.get(reader.all)).hasSize(chunk * chunks);
        Rig.get(writer.output().finished());
    }

    @Test
    void manySmallWritesArriveInOrder() throws Exception {
        Written writer = openStream();
        byte[] sent = random(300_000);
        writer.run(() -> {
            ByteBuf all = Unpooled.wrappedBuffer(sent);
            Random random = new Random(7);
            while (all.isReadable()) {
                int length = Math.min(all.readableBytes(), random.nextInt(400));
                writer.output().write(all.readRetainedSlice(length));
            }
            all.release();
            writer.output().finish();
            ByteBuf late = Unpooled.buffer(1);
            assertThatThrownBy(() -> writer.output().write(late))
                    .isInstanceOf(IllegalStateException.class);
            assertThat(late.refCnt()).isZero();
        });
        Unread reader = Rig.take(opened);
        reader.stream.config().setAutoRead(true);
        reader.stream.read();
        assertThat(Rig.get(reader.all)).isEqualTo(sent);
        Rig.get(writer.output().finished());
    }

    @Test
    void bytesThatCameBeforeTheFirstReadAreNotLost() throws Exception {
        Written writer = openStream();
        writer.run(() -> writer.output().finish(Unpooled.wrappedBuffer(new byte[] {1, 2, 3})));
        Unread reader = Rig.take(opened);
        assertThat(reader.received).hasValue(0);
        reader.stream.config().setAutoRead(true);
        assertThat(Rig.get(reader.all)).containsExactly(1, 2, 3);
    }

    @Test
    void abortReleasesWhatIsQueuedAndResetsTheStream() throws Exception {
        Written writer = openStream();
        ByteBuf bytes = Unpooled.wrappedBuffer(new byte[2_000_000]);
        writer.run(() -> writer.output().finish(bytes));
        settled(List.of(writer));
        Unread reader = Rig.take(opened);
        writer.run(() -> writer.output().abort(9));
        assertThat(writer.queued()).isZero();
        assertThat(bytes.refCnt()).isZero();
        assertThatThrownBy(() -> Rig.get(writer.output().finished()))
                .hasCauseInstanceOf(StreamEnded.class);
        reader.stream.config().setAutoRead(true);
        reader.stream.read();
        assertThatThrownBy(() -> Rig.get(reader.all))
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("RESET");
        // What is written later goes nowhere.
        ByteBuf late = Unpooled.buffer(1);
        writer.stream()
                .eventLoop()
                .submit(() -> assertThatThrownBy(() -> writer.output().write(late)))
                .get(10, TimeUnit.SECONDS);
        assertThat(late.refCnt()).isZero();
    }

    @Test
    void readerThatStopsTheStreamFailsAWriterThatWaits() throws Exception {
        Written writer = openStream();
        ByteBuf bytes = Unpooled.wrappedBuffer(new byte[2_000_000]);
        writer.run(() -> writer.output().finish(bytes));
        settled(List.of(writer));
        Rig.take(opened).stream.shutdownInput(4);
        assertThatThrownBy(() -> Rig.get(writer.output().finished()))
                .hasCauseInstanceOf(StreamEnded.class)
                .hasMessageContaining("the reader stopped the stream");
        assertThat(bytes.refCnt()).isZero();
    }

    @Test
    void writerToAStoppedStreamIsNotAtFault() throws Exception {
        Written writer = openStream();
        writer.run(() -> writer.output().write(Unpooled.wrappedBuffer(new byte[2_000_000])));
        settled(List.of(writer));
        Rig.take(opened).stream.shutdownInput(4);
        assertThatThrownBy(() -> Rig.get(writer.output().finished()))
                .hasCauseInstanceOf(StreamEnded.class);
        ByteBuf late = Unpooled.buffer(1).writeZero(1);
        ByteBuf last = Unpooled.buffer(1).writeZero(1);
        writer.run(() -> {
            writer.output().write(late);
            writer.output().finish(last);
        });
        assertThat(late.refCnt()).isZero();
        assertThat(last.refCnt()).isZero();
        assertThat(writer.queued()).isZero();
    }

    /** Netty does not tell it, and the transport then takes the stream's writes for blocked. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 100_000})
    void writerLearnsOfAStopThatCameBeforeItsWrite(int bytes) throws Exception {
        Written answer = stoppedAnswer(true);
        ByteBuf sent = Unpooled.buffer(bytes).writeZero(bytes);
        answer.run(() -> answer.output().finish(sent));
        assertThatThrownBy(() -> Rig.get(answer.output().finished()))
                .hasCauseInstanceOf(StreamEnded.class)
                .hasMessageContaining("the reader stopped the stream");
        assertThat(sent.refCnt()).isZero();
        assertThat(answer.queued()).isZero();
        Rig.get(closed(answer.stream()));
    }

    @Test
    void writerLearnsOfAStopOfAStreamWhoseInputGoesOn() throws Exception {
        Written answer = stoppedAnswer(false);
        answer.run(() -> answer.output().write(Unpooled.buffer(1).writeZero(1)));
        assertThatThrownBy(() -> Rig.get(answer.output().finished()))
                .hasCauseInstanceOf(StreamEnded.class)
                .hasMessageContaining("the reader stopped the stream");
        assertThat(answer.stream().isOpen()).isTrue();
    }

    /** The server's side of a stream whose client does not want to read it any more. */
    private Written stoppedAnswer(boolean requestEnds) throws Exception {
        Written request = openStream();
        ByteBuf byteOfRequest = Unpooled.buffer(1).writeZero(1);
        request.run(() -> {
            if (requestEnds) {
                request.output().finish(byteOfRequest);
            } else {
                request.output().write(byteOfRequest);
            }
        });
        Unread reader = Rig.take(opened);
        reader.stream.config().setAutoRead(true);
        reader.stream.read();
        Rig.await("the request is read", () -> reader.received.get() == 1);
        if (requestEnds) {
            Rig.get(reader.all);
        }
        request.run(() -> request.stream().shutdownInput(4));
        // What is sent later on the loopback comes later.
        Written next = openStream();
        next.run(() -> next.output().write(Unpooled.buffer(1).writeZero(1)));
        Rig.take(opened);
        return reader.stream
                .eventLoop()
                .submit(() -> new Written(reader.stream, StreamOutput.of(reader.stream)))
                .get(10, TimeUnit.SECONDS);
    }

    private static CompletableFuture<Void> closed(QuicStreamChannel stream) {
        CompletableFuture<Void> closed = new CompletableFuture<>();
        stream.closeFuture().addListener(future -> closed.complete(null));
        return closed;
    }

    @Test
    void lostConnectionFailsAWriterThatWaits() throws Exception {
        Written writer = openStream();
        ByteBuf bytes = Unpooled.wrappedBuffer(new byte[2_000_000]);
        writer.run(() -> writer.output().finish(bytes));
        settled(List.of(writer));
        Rig.take(rig.accepted).close(3, "enough");
        assertThatThrownBy(() -> Rig.get(writer.output().finished()))
                .hasCauseInstanceOf(ConnectionLost.class);
        assertThat(bytes.refCnt()).isZero();
        assertThat(Rig.take(rig.clientEnds)).isEqualTo(new ConnectionEnd.Orderly(3, "enough"));
    }

    /** What the design's facts warn of: an end that overtakes the bytes before it. */
    @Test
    void endNeverOvertakesTheBytesBeforeIt() throws Exception {
        byte[] sent = random(5_000_000);
        for (int i = 0; i < 3; i++) {
            Written writer = openStream();
            writer.run(() -> {
                writer.output().write(Unpooled.wrappedBuffer(sent));
                writer.output().finish();
            });
            Unread reader = Rig.take(opened);
            reader.stream.config().setAutoRead(true);
            reader.stream.read();
            assertThat(Rig.get(reader.all)).isEqualTo(sent);
        }
    }

    @Test
    void oneWriteAtMostIsHeldByTheTransport() throws Exception {
        Written writer = openStream();
        ByteBuf bytes = Unpooled.directBuffer(5_000_000).writeZero(5_000_000);
        writer.run(() -> writer.output().finish(bytes));
        long queued = settled(List.of(writer));
        int unread = bytes.readableBytes();
        assertThat(queued - unread).isBetween(0L, (long) ONE_WRITE);
    }
}
