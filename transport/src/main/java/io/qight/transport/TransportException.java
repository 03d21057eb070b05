package io.qight.transport;

import io.qight.wire.ErrorCode;
import java.io.Serial;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What can fail between two endpoints and when setting them up; the message is a sentence. */
public abstract sealed class TransportException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    private TransportException(ErrorCode code, String sentence, @Nullable Throwable cause) {
        super(sentence, cause);
        this.code = code;
    }

    /** The failure's place in the error table; it says whether to try again. */
    public final ErrorCode code() {
        return code;
    }

    /** No relay could be reached: the name is unknown, or nothing listens at the address. */
    public static final class CannotConnect extends TransportException {
        @Serial private static final long serialVersionUID = 1L;

        CannotConnect(String sentence, @Nullable Throwable cause) {
            super(ErrorCode.CONNECT_FAILED, sentence, cause);
        }
    }

    /** The connection was not made within the target's timeout. */
    public static final class ConnectTimedOut extends TransportException {
        @Serial private static final long serialVersionUID = 1L;

        ConnectTimedOut(ConnectTarget target) {
            super(
                    ErrorCode.TIMED_OUT,
                    "no answer from "
                            + target.address()
                            + " within "
                            + target.timeout().toMillis()
                            + " ms",
                    null);
        }
    }

    /** The relay's certificate is not trusted. */
    public static final class Untrusted extends TransportException {
        @Serial private static final long serialVersionUID = 1L;

        private final @Nullable String fingerprint;

        Untrusted(String sentence, @Nullable String fingerprint) {
            super(ErrorCode.UNTRUSTED, sentence, null);
            this.fingerprint = fingerprint;
        }

        /** The fingerprint of the certificate that was seen, if one was. */
        public Optional<String> fingerprint() {
            return Optional.ofNullable(fingerprint);
        }
    }

    /** The relay does not speak the protocol that was asked for. */
    public static final class NoCommonProtocol extends TransportException {
        @Serial private static final long serialVersionUID = 1L;

        NoCommonProtocol(String sentence) {
            super(ErrorCode.NOT_SUPPORTED, sentence, null);
        }
    }

    /** A connection that stood is gone, and a stream with it. */
    public static final class ConnectionLost extends TransportException {
        @Serial private static final long serialVersionUID = 1L;

        ConnectionLost(String sentence, @Nullable Throwable cause) {
            super(ErrorCode.CONNECTION_LOST, sentence, cause);
        }
    }

    /** One stream was ended by the peer, or by an abort of ours; the connection goes on. */
    public static final class StreamEnded extends TransportException {
        @Serial private static final long serialVersionUID = 1L;

        StreamEnded(String sentence, @Nullable Throwable cause) {
            super(ErrorCode.CONNECTION_LOST, sentence, cause);
        }
    }

    /** The endpoint, or the connection, was closed by us. */
    public static final class EndpointClosed extends TransportException {
        @Serial private static final long serialVersionUID = 1L;

        EndpointClosed(String sentence) {
            super(ErrorCode.CLOSED, sentence, null);
        }
    }

    /** A server cannot listen at its address: it is taken, foreign or forbidden. */
    public static final class CannotBind extends TransportException {
        @Serial private static final long serialVersionUID = 1L;

        CannotBind(InetSocketAddress address, Throwable cause) {
            super(
                    ErrorCode.CONNECT_FAILED,
                    "cannot listen at " + address + ": " + cause.getMessage(),
                    cause);
        }
    }

    /** The QUIC library has no native code for this machine. */
    public static final class UnsupportedPlatform extends TransportException {
        @Serial private static final long serialVersionUID = 1L;

        UnsupportedPlatform(String sentence, Throwable cause) {
            super(ErrorCode.NOT_SUPPORTED, sentence, cause);
        }
    }

    /** A certificate, key or fingerprint that was given cannot be used. */
    public static final class BadCertificateFile extends TransportException {
        @Serial private static final long serialVersionUID = 1L;

        private final transient @Nullable Path file;

        BadCertificateFile(@Nullable Path file, String sentence, @Nullable Throwable cause) {
            super(ErrorCode.UNTRUSTED, sentence, cause);
            this.file = file;
        }

        /** The file, unless it is a fingerprint that is wrong. */
        public Optional<Path> file() {
            return Optional.ofNullable(file);
        }
    }
}
