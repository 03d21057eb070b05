package io.qight.load;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.qight.identity.EnvelopeWriter;
import io.qight.identity.Identity;
import io.qight.load.EchoServer.Listener;
import io.qight.transport.ClientEndpoint;
import io.qight.transport.ConnectTarget;
import io.qight.transport.Connection;
import io.qight.transport.TransportSettings;
import io.qight.transport.Trust;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.FrameCodec;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongUnaryOperator;

/**
 * Does with a raw echo what a plan does with a relay: as many connections as there are senders,
 * messages of as many bytes as a SEND frame has, at the same pace. In an open loop it is a
 * ping-pong.
 */
public final class EchoRun {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration ANSWERS_TIMEOUT = Duration.ofSeconds(5);

    private record Pinger(EventLoop loop, EchoStream stream) {}

    private final LoadPlan plan;
    private final int port;
    private final Trust trust;
    private final Tally tally = new Tally();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final int messageBytes;

    /** Nothing is connected yet; the echo is on this machine. */
    public EchoRun(LoadPlan plan, int port, Trust trust) {
        this.plan = plan;
        this.port = port;
        this.trust = trust;
        this.messageBytes = frameBytes(plan);
    }

    /**
     * Does all of it, once.
     *
     * @throws io.qight.transport.TransportException in a {@link
     *     java.util.concurrent.CompletionException} if a connection cannot be had
     */
    public EchoOutcome run() throws InterruptedException {
        int loops = Math.min(plan.senders(), TransportSettings.defaults().eventLoops());
        try (ClientEndpoint endpoint =
                ClientEndpoint.open(TransportSettings.defaults().withEventLoops(loops))) {
            List<Pinger> pingers = new ArrayList<>();
            for (int i = 0; i < plan.senders(); i++) {
                pingers.add(open(endpoint));
            }
            long start = System.nanoTime();
            long from = start + plan.warmUp().toNanos();
            long to = from + plan.duration().toNanos();
            tally.measure(from, to);
            drive(pingers, start, to);
        }
        boolean openLoop = plan.pace() instanceof Pace.Open;
        return new EchoOutcome(
                messageBytes, tally.storedPerSecond(), openLoop ? tally.toReceipt() : Latency.NONE);
    }

    /** Ends it soon; from any thread. */
    public void stop() {
        stopped.countDown();
    }

    private void drive(List<Pinger> pingers, long start, long to) throws InterruptedException {
        if (plan.pace() instanceof Pace.Open open) {
            ping(pingers, new Schedule(start, open.perSecond()), to);
        } else if (plan.pace() instanceof Pace.Closed closed) {
            pingers.forEach(
                    pinger -> pinger.loop.execute(() -> pinger.stream.sendAlways(closed.window())));
            stopped.await(to - System.nanoTime(), TimeUnit.NANOSECONDS);
            pingers.forEach(pinger -> pinger.loop.execute(() -> pinger.stream.sendAlways(0)));
        }
        if (stopped.getCount() == 0) {
            tally.endNow();
        }
    }

    private void ping(List<Pinger> pingers, Schedule schedule, long to)
            throws InterruptedException {
        int count = pingers.size();
        List<LongUnaryOperator> intended = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int index = i;
            intended.add(message -> schedule.intendedNanos(message * count + index));
        }
        long[] sent = {0};
        new Pacer(
                        schedule,
                        System::nanoTime,
                        (first, end) -> {
                            sent[0] = end;
                            for (long number = first; number < end; number++) {
                                int index = (int) (number % count);
                                Pinger pinger = pingers.get(index);
                                pinger.loop.execute(() -> pinger.stream.send(intended.get(index)));
                            }
                        })
                .run(to, () -> stopped.getCount() > 0);
        Patience.await(ANSWERS_TIMEOUT, tally::stored, () -> tally.stored() >= sent[0]);
    }

    private Pinger open(ClientEndpoint endpoint) {
        Connection connection =
                endpoint.connect(
                                new ConnectTarget(
                                        "127.0.0.1", port, trust, EchoServer.ALPN, CONNECT_TIMEOUT),
                                new Listener(ChannelInboundHandlerAdapter::new))
                        .join();
        EchoStream stream = new EchoStream(messageBytes, tally);
        connection.openStream(stream).join();
        return new Pinger(connection.eventLoop(), stream);
    }

    /** What a SEND of such an envelope has, the stream's own bytes not counted. */
    private static int frameBytes(LoadPlan plan) {
        Identity signer = Identity.generate(new SecureRandom());
        MessageEnvelope envelope =
                MessageEnvelope.builder()
                        .sender(plan.protection().signed() ? "" : Sender.NAME)
                        .recipient(MailboxNames.random(plan).name(0))
                        .ttlSeconds(Sender.TTL_SECONDS)
                        .payload(new byte[plan.payloadBytes()])
                        .build();
        ByteBuf bytes =
                Unpooled.wrappedBuffer(
                        new EnvelopeWriter(Optional.of(signer)).write(envelope, plan.protection()));
        ByteBuf frame = UnpooledByteBufAllocator.DEFAULT.buffer();
        try {
            FrameCodec.encode(new Frame.Send(1L << 20, 0, bytes), frame);
            return frame.readableBytes();
        } finally {
            bytes.release();
            frame.release();
        }
    }
}
