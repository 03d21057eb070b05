package io.qight.transport;

/**
 * What the connections of a server share.
 *
 * @param budget what bytes held for them are counted in
 * @param handshakes counts what their addresses begin
 */
record ServerSide(ByteBudget budget, Handshakes handshakes) {}
