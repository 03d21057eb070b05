package io.qight.wire.v1;

/** Writes the fields of each frame; the twin of {@link FrameReader}. */
final class FrameWriter {
    private FrameWriter() {}

    static void write(Frame frame, FieldWriter out) {
        switch (frame.type().stream()) {
            case CONTROL -> writeControl(frame, out);
            case SEND -> writeSend(frame, out);
            case FETCH -> writeFetch(frame, out);
        }
    }

    private static void writeControl(Frame frame, FieldWriter out) {
        if (frame instanceof Frame.Hello f) {
            out.string(f.clientId()).varint(f.features()).bytes(f.identity()).bytes(f.token());
        } else if (frame instanceof Frame.Welcome f) {
            out.string(f.relayName())
                    .string(f.serviceName())
                    .varints(f.features(), f.durability())
                    .fixed(f.nonce());
            limits(f.limits(), out);
        } else if (frame instanceof Frame.Prove f) {
            out.fixed(f.signature());
        } else if (frame instanceof Frame.GoAway f) {
            out.varint(f.code()).string(f.sentence()).varints(f.withinMillis(), f.afterMillis());
        } else if (frame instanceof Frame.Limits f) {
            limits(f.limits(), out);
        } else if (frame instanceof Frame.Ping f) {
            out.varint(f.opaque());
        } else if (frame instanceof Frame.Pong f) {
            out.varint(f.opaque());
        } else if (frame instanceof Frame.StreamError f) {
            out.varint(f.code()).string(f.sentence());
        } else if (frame instanceof Frame.Revoke f) {
            out.varint(f.request()).id(f.grant()).varint(f.endsMillis()).fixed(f.signature());
        } else if (frame instanceof Frame.Demand f) {
            out.varint(f.request()).flag(f.grants());
        } else if (frame instanceof Frame.Kept f) {
            out.varints(f.request(), f.code()).string(f.sentence());
        } else if (!(frame instanceof Frame.Proved)) {
            throw noLayout(frame);
        }
    }

    private static void writeSend(Frame frame, FieldWriter out) {
        if (frame instanceof Frame.Outbox f) {
            out.id(f.outbox())
                    .varints(f.opening(), f.rememberMillis(), f.tried(), f.triedAgeMillis());
        } else if (frame instanceof Frame.Send f) {
            out.varint(f.number()).varint(f.ageMillis()).rest(f.envelope());
        } else if (frame instanceof Frame.GiveUp f) {
            out.ranges(f.numbers());
        } else if (frame instanceof Frame.Receipt f) {
            out.varint(f.first()).varint(f.more());
            outcome(f.outcome(), out);
        } else if (frame instanceof Frame.Grant f) {
            out.bytes(f.grant()).fixed(f.proof());
        } else {
            throw noLayout(frame);
        }
    }

    private static void writeFetch(Frame frame, FieldWriter out) {
        if (frame instanceof Frame.Subscribe f) {
            out.id(f.subscription())
                    .varints(f.opening(), f.mode().number(), f.leaseMillis())
                    .varints(f.creditEnvelopes(), f.creditBytes(), f.known(), f.hold());
        } else if (frame instanceof Frame.Hold f) {
            out.ranges(f.deliveries());
        } else if (frame instanceof Frame.Subscribed f) {
            out.flag(f.resumed()).varints(f.leaseMillis(), f.next(), f.held());
        } else if (frame instanceof Frame.Held f) {
            out.ranges(f.deliveries());
        } else if (frame instanceof Frame.Add f) {
            out.varint(f.mailbox()).string(f.name());
        } else if (frame instanceof Frame.Added f) {
            out.varints(f.mailbox(), f.waiting());
        } else if (frame instanceof Frame.NotAdded f) {
            out.varints(f.mailbox(), f.code()).string(f.sentence());
        } else if (frame instanceof Frame.Remove f) {
            out.varint(f.mailbox());
        } else if (frame instanceof Frame.Removed f) {
            out.varints(f.mailbox(), f.code());
        } else if (frame instanceof Frame.Deliver f) {
            out.varints(f.mailbox(), f.delivery(), f.leftMillis(), f.deliveries(), f.failures())
                    .rest(f.envelope());
        } else if (frame instanceof Frame.CaughtUp f) {
            out.varints(f.mailbox(), f.last());
        } else if (frame instanceof Frame.Ack f) {
            out.ranges(f.deliveries());
        } else if (frame instanceof Frame.Acked f) {
            out.ranges(f.deliveries());
        } else if (frame instanceof Frame.Nack f) {
            out.ranges(f.deliveries()).varint(f.delayMillis()).flag(f.dead()).string(f.reason());
        } else if (frame instanceof Frame.Extend f) {
            out.ranges(f.deliveries()).varint(f.leaseMillis());
        } else if (frame instanceof Frame.LeaseLost f) {
            out.ranges(f.deliveries()).varint(f.answers());
        } else if (frame instanceof Frame.Credit f) {
            out.varints(f.creditEnvelopes(), f.creditBytes());
        } else {
            throw noLayout(frame);
        }
    }

    private static void limits(ConnectionLimits limits, FieldWriter out) {
        out.varints(
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

    private static void outcome(ReceiptOutcome outcome, FieldWriter out) {
        out.varint(outcome.number());
        if (outcome instanceof ReceiptOutcome.Stored stored) {
            out.varint(stored.durability());
        } else if (outcome instanceof ReceiptOutcome.Duplicate duplicate) {
            out.varint(duplicate.durability());
        } else if (outcome instanceof ReceiptOutcome.Handed handed) {
            out.varint(handed.receivers());
        } else if (outcome instanceof ReceiptOutcome.Refused refused) {
            out.varint(refused.code()).string(refused.sentence()).varint(refused.afterMillis());
        } else if (outcome instanceof ReceiptOutcome.Signed signed) {
            out.varint(signed.durability())
                    .fixed(signed.relayKey())
                    .varint(signed.deadlinesMillis().size());
            signed.deadlinesMillis().forEach(out::varint);
            out.fixed(signed.signature());
        }
    }

    private static IllegalStateException noLayout(Frame frame) {
        return new IllegalStateException("no layout for " + frame.type());
    }
}
