package io.qight.transport;

/** Takes the connections of a {@link ServerEndpoint}; called on the connection's event loop. */
@FunctionalInterface
public interface ConnectionAcceptor {
    /**
     * A client has connected: its handshake is complete and its protocol agreed; where early data
     * is taken, the handshake may still be under way ({@link Connection#handshakeDone}). Returns
     * who hears about it. An exception closes the connection.
     */
    ConnectionListener onConnection(Connection connection);
}
