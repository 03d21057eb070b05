package io.qight.relay.flow;

/** Names a SEND stream: whose it is, and the caller's own number for it. */
record StreamKey(Caller caller, long stream) {
    static StreamKey of(Message.ToWriter message) {
        return new StreamKey(message.caller(), message.request());
    }
}
