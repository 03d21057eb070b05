package io.qight.relay.v1;

import io.qight.relay.flow.StreamEnd;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import java.util.ArrayList;
import java.util.List;

/**
 * A FETCH stream at its connection: hands the client's frames to the dispatcher, in order and one
 * group at a time, and lets the dispatcher end the stream. The rules of FETCH are there.
 */
final class FetchSession implements StreamSession {
    private boolean opened;
    private boolean handling;
    private boolean over;
    private List<Effect> effects = new ArrayList<>();

    @Override
    public List<Effect> step(Input input, long nowMillis) {
        effects = new ArrayList<>();
        if (over) {
            return effects;
        }
        if (input instanceof Input.Frames frames) {
            onFrames(frames.frames());
        } else if (input instanceof Input.Handled) {
            handling = false;
        } else if (input instanceof Input.Finished) {
            effects.add(new Effect.EndFetch(StreamEnd.FINISHED));
        } else if (input instanceof Input.Broken broken) {
            effects.add(new Effect.BreakFetch(broken.code(), broken.sentence()));
        } else if (input instanceof Input.Gone gone) {
            over = true;
            effects.add(new Effect.EndFetch(gone.how()));
        } else if (input instanceof Input.Ended ended) {
            over = true;
            effects.add(new Effect.Fail(ended.code(), ended.sentence()));
        } else if (input instanceof Input.Completed) {
            over = true;
            effects.add(new Effect.Finish());
        }
        return effects;
    }

    @Override
    public boolean reads() {
        return !handling && !over;
    }

    @Override
    public boolean busy() {
        return !over;
    }

    private void onFrames(List<Frame> frames) {
        int from = 0;
        if (!opened && frames.get(0) instanceof Frame.Subscribe subscribe) {
            opened = true;
            from = 1;
            effects.add(new Effect.OpenFetch(subscribe));
        }
        int to = from;
        while (to < frames.size() && !(frames.get(to) instanceof Frame.Subscribe)) {
            to++;
        }
        if (to > from) {
            handling = true;
            effects.add(new Effect.HandFetch(frames.subList(from, to)));
        }
        if (to < frames.size()) {
            effects.add(new Effect.StopReading());
            effects.add(
                    new Effect.BreakFetch(ErrorCode.WRONG_STATE, "SUBSCRIBE stands only first"));
        }
    }
}
