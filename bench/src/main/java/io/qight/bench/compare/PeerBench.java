package io.qight.bench.compare;

import io.qight.bench.peers.Peer;
import io.qight.bench.peers.PeerClients;
import io.qight.load.LoadPlan;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Another system: its server in one process, its clients in another. */
final class PeerBench implements Contender {
    private static final Duration END_MAX = Duration.ofMinutes(5);

    private final Peer peer;
    private final Path program;
    private final String version;
    private final Processes processes;

    private PeerBench(Peer peer, Path program, String version, Processes processes) {
        this.peer = peer;
        this.program = program;
        this.version = version;
        this.processes = processes;
    }

    /** With this program as its server, which is asked for its version. */
    static PeerBench of(Peer peer, Path program, Processes processes)
            throws IOException, InterruptedException {
        List<String> words = processes.words(List.of(program.toString(), peer.versionOption()));
        String server = words.isEmpty() ? program + " of an unknown version" : words.get(0);
        return new PeerBench(peer, program, server + ", " + peer.client(), processes);
    }

    @Override
    public String name() {
        return peer.name();
    }

    @Override
    public String version() {
        return version;
    }

    @Override
    public String stored() {
        return peer.stored();
    }

    @Override
    public String setUp() {
        return peer.setUp();
    }

    @Override
    public boolean takes(Row row) {
        return row != Row.DISK;
    }

    @Override
    public Measured measure(Row row, Effort effort) throws IOException, InterruptedException {
        LoadPlan plan = row.plan(effort);
        try (Scratch scratch = Scratch.in(effort.data());
                PeerServer server = PeerServer.start(peer, program, scratch.path(), processes)) {
            Path json = scratch.path().resolve("bench.json");
            Path log = scratch.path().resolve("clients.log");
            int exitCode =
                    processes.run(
                            command(PeerClients.arguments(peer, server.place(), plan, json)),
                            log,
                            plan.warmUp().plus(plan.duration()).plus(END_MAX));
            if (exitCode != 0) {
                throw new MeasurementFailed("the clients failed: " + Processes.lastWords(log));
            }
            return BenchReport.read(json).measured(row, plan.receivers() > 0);
        }
    }

    /** As this process runs: the script gives it the launcher's flags. */
    private static List<String> command(List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.add(PeerClients.class.getName());
        command.addAll(arguments);
        return command;
    }
}
