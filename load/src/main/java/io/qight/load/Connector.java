package io.qight.load;

import io.qight.client.ClientConfig;
import io.qight.client.RelayClient;
import java.util.function.UnaryOperator;

/** Makes connected clients of the relay that is measured. */
@FunctionalInterface
public interface Connector {
    /**
     * A connected client, which the caller closes.
     *
     * @throws io.qight.client.RelayException if there is none to be had
     */
    RelayClient connect(UnaryOperator<ClientConfig> change);
}
