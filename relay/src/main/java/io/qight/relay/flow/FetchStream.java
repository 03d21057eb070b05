package io.qight.relay.flow;

import io.qight.identity.IdentityKey;
import io.qight.relay.access.Access;
import io.qight.relay.delivery.FetchInput;
import io.qight.relay.delivery.MailboxAllowance;
import io.qight.relay.delivery.Outlet;
import io.qight.relay.flow.Message.FetchKey;
import io.qight.transport.ByteBudget.Reservation;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A FETCH stream of version 1 as the dispatcher sees it: gathers what the deliveries write in one
 * turn, and hands no more to the connection than the transport can take. Belongs to the dispatcher.
 */
final class FetchStream implements Outlet {
    /** What the connection has to write at a time, in bytes; one envelope whatever its size. */
    static final int PIECE_BYTES = 64 << 10;

    /** The least that is reserved, in bytes, for one small envelope or a few of them. */
    private static final int ROOM_BYTES = 4 << 10;

    /** What a delivery costs beside its envelope, in bytes. */
    private static final int HEAD_BYTES = 64;

    /** Who looks after the streams. */
    interface Owner {
        /** A room that this stream waited for is granted; any thread may call it. */
        void roomGranted(FetchStream stream);

        /** Ask the stream's client for a PONG. */
        long ping(FetchStream stream);

        /** The stream has something to be sent at the end of this turn. */
        void written(FetchStream stream);

        /** Nothing more happens on the stream. */
        void over(FetchStream stream);

        /** The time now. */
        long millis();
    }

    /** A group of deliveries at the connection. */
    private record Away(long lastDelivery, long bytes) {}

    private final FetchKey key;
    private final RelayBudget.Share share;
    private final MailboxAllowance allowance;
    private final Optional<IdentityKey> identity;
    private final Access access;
    private final Owner owner;
    private final List<Message.ToCaller> unsent = new ArrayList<>();
    private final Deque<Away> away = new ArrayDeque<>(1);

    /** Written behind all that is unsent: either answers or deliveries, never both. */
    private List<Frame> answers = new ArrayList<>();

    private List<Frame> deliveries = new ArrayList<>();
    private long deliveriesBytes;
    private long lastDelivery;
    private long awayBytes;
    private @Nullable Reservation room;
    private boolean over;

    FetchStream(Message.StreamOpened opened, MailboxAllowance allowance, Owner owner) {
        this.key = opened.key();
        this.share = opened.share();
        this.identity = opened.identity();
        this.access = opened.access();
        this.allowance = allowance;
        this.owner = owner;
    }

    /** Whose it is. */
    FetchKey key() {
        return key;
    }

    @Override
    public boolean ready() {
        return !over
                && awayBytes + deliveriesBytes < PIECE_BYTES
                && (room == null || room.granted());
    }

    @Override
    public boolean deliver(Handout handout) {
        long bytes = (long) handout.envelope().readableBytes() + HEAD_BYTES;
        if (!ready() || !haveRoom(bytes)) {
            return false;
        }
        endAnswers();
        long leftMillis = Math.max(1, handout.deadlineMillis() - owner.millis());
        deliveries.add(
                new Frame.Deliver(
                        handout.mailbox(),
                        handout.number(),
                        leftMillis,
                        handout.deliveries(),
                        handout.failures(),
                        handout.envelope()));
        deliveriesBytes += bytes;
        lastDelivery = handout.number();
        owner.written(this);
        return true;
    }

    @Override
    public void write(Frame frame) {
        if (!over) {
            endDeliveries();
            answers.add(frame);
            owner.written(this);
        }
    }

    @Override
    public void probe() {
        if (!over) {
            endGroup();
            unsent.add(new Message.SendPing(owner.ping(this)));
            owner.written(this);
        }
    }

    @Override
    public void fail(ErrorCode code, String sentence) {
        end(new Message.EndStream(key.request(), code, sentence));
    }

    @Override
    public void finish() {
        end(new Message.FinishStream(key.request()));
    }

    @Override
    public Optional<IdentityKey> identity() {
        return identity;
    }

    @Override
    public boolean mayFetch(String mailbox) {
        return access.mayFetch(mailbox);
    }

    @Override
    public MailboxAllowance allowance() {
        return allowance;
    }

    /** The connection has carried out everything up to the client's last frames. */
    void handled() {
        if (!over) {
            endGroup();
            unsent.add(new Message.FramesHandled(key.request()));
            owner.written(this);
        }
    }

    /** The transport has taken so many groups of deliveries. */
    FetchInput.Taken taken(int groups) {
        long last = 0;
        for (int i = 0; i < groups; i++) {
            Away group = away.remove();
            awayBytes -= group.bytes;
            last = group.lastDelivery;
        }
        return new FetchInput.Taken(last);
    }

    /** Ends what is gathered, and hands it on with the rest. */
    void moveUnsent(List<Message.ToCaller> to) {
        endGroup();
        if (room != null && room.granted()) {
            // Nothing used it.
            room.release();
            room = null;
        }
        to.addAll(unsent);
        unsent.clear();
    }

    /** The client or its connection is gone: nothing that is written arrives. */
    void lost() {
        over = true;
        unsent.clear();
        answers = new ArrayList<>();
        deliveries = new ArrayList<>();
        if (room != null) {
            room.release();
            room = null;
        }
        owner.over(this);
    }

    private void end(Message.ToCaller last) {
        if (!over) {
            endGroup();
            unsent.add(last);
            over = true;
            owner.written(this);
            owner.over(this);
        }
    }

    /** Whether the room has place for so much more; if it must be waited for, the owner hears. */
    private boolean haveRoom(long bytes) {
        if (room != null && deliveriesBytes + bytes > room.bytes()) {
            endDeliveries();
        }
        if (room != null && bytes > room.bytes()) {
            room.release();
            room = null;
        }
        if (room == null) {
            room = share.reserve(Math.max(ROOM_BYTES, bytes), () -> owner.roomGranted(this));
        }
        return room.granted();
    }

    private void endGroup() {
        endAnswers();
        endDeliveries();
    }

    private void endAnswers() {
        if (!answers.isEmpty()) {
            unsent.add(new Message.WriteFrames(key.request(), answers, false, null));
            answers = new ArrayList<>();
        }
    }

    /** The reservation goes with the deliveries that it is for. */
    private void endDeliveries() {
        if (!deliveries.isEmpty()) {
            unsent.add(new Message.WriteFrames(key.request(), deliveries, true, room));
            away.add(new Away(lastDelivery, deliveriesBytes));
            awayBytes += deliveriesBytes;
            deliveries = new ArrayList<>();
            deliveriesBytes = 0;
            room = null;
        }
    }
}
