package io.qight.wire.v1;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;

/** Writes the fields of each frame, in the order of the table in {@code docs/protocol.md}. */
final class FrameWriter {
    private FrameWriter() {}

    static void writeFields(Frame frame, ByteBuf out) {
        if (frame instanceof Frame.Send send) {
            varints(out, send.number(), send.ageMillis());
            rest(send.envelope(), out);
        } else if (frame instanceof Frame.Deliver deliver) {
            varints(
                    out,
                    deliver.mailbox(),
                    deliver.delivery(),
                    deliver.leftMillis(),
                    deliver.deliveries(),
                    deliver.failures());
            rest(deliver.envelope(), out);
        } else if (frame instanceof Frame.Receipt receipt) {
            varints(out, receipt.first(), receipt.more(), receipt.outcome().number());
            outcome(receipt.outcome(), out);
        } else if (frame instanceof Frame.Ack ack) {
            ranges(ack.deliveries(), out);
        } else if (frame instanceof Frame.Acked acked) {
            ranges(acked.deliveries(), out);
        } else if (frame instanceof Frame.Nack nack) {
            ranges(nack.deliveries(), out);
            varints(out, nack.delayMillis(), nack.dead() ? 1 : 0);
            string(nack.reason(), out);
        } else if (frame instanceof Frame.Extend extend) {
            ranges(extend.deliveries(), out);
            varints(out, extend.leaseMillis());
        } else if (frame instanceof Frame.LeaseLost lost) {
            ranges(lost.deliveries(), out);
        } else if (frame instanceof Frame.Credit credit) {
            varints(out, credit.creditEnvelopes(), credit.creditBytes());
        } else if (frame instanceof Frame.CaughtUp caughtUp) {
            varints(out, caughtUp.mailbox(), caughtUp.last());
        } else {
            writeOpening(frame, out);
        }
    }

    /** Frames that come once in a stream, or seldom. */
    private static void writeOpening(Frame frame, ByteBuf out) {
        if (frame instanceof Frame.Outbox outbox) {
            id(outbox.outbox(), out);
            varints(out, outbox.rememberMillis(), outbox.tried(), outbox.triedAgeMillis());
        } else if (frame instanceof Frame.GiveUp giveUp) {
            ranges(giveUp.numbers(), out);
        } else if (frame instanceof Frame.Subscribe subscribe) {
            id(subscribe.subscription(), out);
            varints(
                    out,
                    subscribe.mode().number(),
                    subscribe.leaseMillis(),
                    subscribe.creditEnvelopes(),
                    subscribe.creditBytes(),
                    subscribe.known());
        } else if (frame instanceof Frame.Hold hold) {
            ranges(hold.deliveries(), out);
        } else if (frame instanceof Frame.Subscribed subscribed) {
            varints(
                    out,
                    subscribed.resumed() ? 1 : 0,
                    subscribed.leaseMillis(),
                    subscribed.next(),
                    subscribed.held());
        } else if (frame instanceof Frame.Held held) {
            ranges(held.deliveries(), out);
        } else if (frame instanceof Frame.Add add) {
            varints(out, add.mailbox());
            string(add.name(), out);
        } else if (frame instanceof Frame.Added added) {
            varints(out, added.mailbox(), added.waiting());
        } else if (frame instanceof Frame.NotAdded notAdded) {
            varints(out, notAdded.mailbox(), notAdded.code());
            string(notAdded.sentence(), out);
        } else if (frame instanceof Frame.Remove remove) {
            varints(out, remove.mailbox());
        } else if (frame instanceof Frame.Removed removed) {
            varints(out, removed.mailbox(), removed.code());
        } else {
            writeControl(frame, out);
        }
    }

    private static void writeControl(Frame frame, ByteBuf out) {
        if (frame instanceof Frame.Hello hello) {
            string(hello.clientId(), out);
            varints(out, hello.features());
            bytes(hello.identity(), out);
            bytes(hello.token(), out);
        } else if (frame instanceof Frame.Welcome welcome) {
            string(welcome.relayName(), out);
            string(welcome.serviceName(), out);
            varints(out, welcome.features(), welcome.durability());
            out.writeBytes(welcome.nonce().duplicate());
            limits(welcome.limits(), out);
        } else if (frame instanceof Frame.Prove prove) {
            out.writeBytes(prove.signature().duplicate());
        } else if (frame instanceof Frame.GoAway goAway) {
            varints(out, goAway.code());
            string(goAway.sentence(), out);
            varints(out, goAway.withinMillis(), goAway.afterMillis());
        } else if (frame instanceof Frame.Limits limits) {
            limits(limits.limits(), out);
        } else if (frame instanceof Frame.Ping ping) {
            varints(out, ping.opaque());
        } else if (frame instanceof Frame.Pong pong) {
            varints(out, pong.opaque());
        } else if (frame instanceof Frame.StreamError error) {
            varints(out, error.code());
            string(error.sentence(), out);
        } else if (!(frame instanceof Frame.Proved)) {
            throw new IllegalStateException("no layout for " + frame.type());
        }
    }

    private static void outcome(ReceiptOutcome outcome, ByteBuf out) {
        if (outcome instanceof ReceiptOutcome.Stored stored) {
            varints(out, stored.durability());
        } else if (outcome instanceof ReceiptOutcome.Duplicate duplicate) {
            varints(out, duplicate.durability());
        } else if (outcome instanceof ReceiptOutcome.Handed handed) {
            varints(out, handed.receivers());
        } else if (outcome instanceof ReceiptOutcome.Refused refused) {
            varints(out, refused.code());
            string(refused.sentence(), out);
            varints(out, refused.afterMillis());
        }
    }

    private static void limits(ConnectionLimits limits, ByteBuf out) {
        varints(
                out,
                limits.envelopeBytesMax(),
                limits.ttlMillisMax(),
                limits.sendEnvelopes(),
                limits.sendBytes(),
                limits.creditEnvelopesMax(),
                limits.creditBytesMax(),
                limits.mailboxesMax(),
                limits.leaseMillisMin(),
                limits.leaseMillisMax(),
                limits.rememberMillisMax(),
                limits.idleMillis());
    }

    private static void ranges(Ranges ranges, ByteBuf out) {
        if (ranges.list().isEmpty() || ranges.list().size() > Ranges.RANGES_MAX) {
            throw new IllegalArgumentException(
                    "a frame carries 1 to " + Ranges.RANGES_MAX + " ranges");
        }
        varints(out, ranges.list().size());
        long last = 0;
        for (Ranges.Range range : ranges.list()) {
            varints(out, range.first() - last, range.last() - range.first());
            last = range.last();
        }
    }

    private static void id(Id id, ByteBuf out) {
        out.writeLong(id.high()).writeLong(id.low());
    }

    private static void string(String text, ByteBuf out) {
        byte[] bytes = text.getBytes(UTF_8);
        Varint.write(bytes.length, out);
        out.writeBytes(bytes);
    }

    private static void bytes(ByteBuffer bytes, ByteBuf out) {
        Varint.write(bytes.remaining(), out);
        out.writeBytes(bytes.duplicate());
    }

    private static void rest(ByteBuf bytes, ByteBuf out) {
        out.writeBytes(bytes, bytes.readerIndex(), bytes.readableBytes());
    }

    private static void varints(ByteBuf out, long... values) {
        for (long value : values) {
            Varint.write(value, out);
        }
    }
}
