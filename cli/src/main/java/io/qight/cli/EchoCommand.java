package io.qight.cli;

import io.qight.load.EchoServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * The raw echo that {@code qight bench} measures beside a relay, in a process of its own as that
 * is. Not for people. It ends with its standard input, and so with the process that started it.
 */
@Command(name = "echo", hidden = true)
final class EchoCommand implements Callable<Integer> {
    @Parameters(paramLabel = "DIR")
    private Path directory;

    @Override
    public Integer call() throws IOException {
        try (EchoServer echo = EchoServer.start(directory);
                Output out = Output.standard()) {
            out.line("echo at " + echo.port() + " " + echo.fingerprint());
            out.flush();
            System.in.transferTo(java.io.OutputStream.nullOutputStream());
        }
        return Failures.DONE;
    }
}
