package io.qight.client.v1;

import io.qight.client.BadAnswerException;
import io.qight.client.ClientClosedException;
import io.qight.client.ConnectFailedException;
import io.qight.client.ConnectionLostException;
import io.qight.client.RefusedException;
import io.qight.client.RelayException;
import io.qight.client.TimedOutException;
import io.qight.client.UntrustedException;
import io.qight.transport.ConnectionEnd;
import io.qight.transport.TransportException;
import io.qight.wire.ErrorCode;
import java.util.concurrent.CompletionException;

/** How the ends of connections look to a program. */
public final class Failures {
    private Failures() {}

    /** A connection that was not made. */
    public static RelayException notConnected(Throwable failure) {
        Throwable inner = failure.getCause();
        Throwable cause = failure instanceof CompletionException && inner != null ? inner : failure;
        String sentence = String.valueOf(cause.getMessage());
        ErrorCode code =
                cause instanceof TransportException known ? known.code() : ErrorCode.CONNECT_FAILED;
        return switch (code) {
            case UNTRUSTED -> new UntrustedException(code, sentence);
            case CLOSED -> new ClientClosedException(code, sentence);
            case NOT_SUPPORTED -> new ConnectFailedException(code, sentence);
            default -> new ConnectFailedException(ErrorCode.CONNECT_FAILED, sentence);
        };
    }

    /** What the relay said when it ended the connection, or what was found out about it. */
    static RelayException of(ErrorCode code, String sentence) {
        return switch (code) {
            case CONNECTION_LOST -> new ConnectionLostException(code, sentence);
            case TIMED_OUT -> new TimedOutException(code, sentence);
            case BAD_ANSWER -> new BadAnswerException(code, sentence);
            default -> new RefusedException(code, sentence);
        };
    }

    /** How a connection that stood came to its end. */
    static RelayException ended(ConnectionEnd end) {
        if (end instanceof ConnectionEnd.Orderly orderly) {
            if (orderly.code() == 0) {
                return of(ErrorCode.CONNECTION_LOST, "the relay closed the connection");
            }
            Refusal refusal = Refusal.of(orderly.code(), orderly.reason());
            return refusal.exception();
        }
        if (end instanceof ConnectionEnd.CertificateRefused refused) {
            return of(ErrorCode.NOT_ALLOWED, refused.why());
        }
        String why = end instanceof ConnectionEnd.Lost lost ? ": " + lost.why() : "";
        return of(ErrorCode.CONNECTION_LOST, "the connection to the relay was lost" + why);
    }

    /** Whether it is no use to try again. */
    static boolean fatal(RelayException failure) {
        return switch (failure.code()) {
            case UNTRUSTED, NOT_ALLOWED, NOT_PROVED, CLOSED -> true;
            default -> false;
        };
    }
}
