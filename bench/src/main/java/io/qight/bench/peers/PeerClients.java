package io.qight.bench.peers;

import io.qight.load.LoadPlan;
import io.qight.load.Pace;
import io.qight.load.Report;
import io.qight.load.ReportJson;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The clients of one peer, in a process of their own, as those of {@code qight bench}: measures
 * once and writes what {@code qight bench --json} would.
 */
public final class PeerClients {
    private PeerClients() {}

    /** What {@link #main} is given to do this. */
    public static List<String> arguments(Peer peer, Place place, LoadPlan plan, Path json) {
        return List.of(
                peer.name(),
                Integer.toString(place.port()),
                place.directory().toString(),
                plan.name(),
                Long.toString(plan.pace() instanceof Pace.Open open ? open.perSecond() : 0),
                Integer.toString(plan.pace() instanceof Pace.Closed closed ? closed.window() : 0),
                Integer.toString(plan.receivers()),
                Integer.toString(plan.payloadBytes()),
                plan.warmUp().toString(),
                plan.duration().toString(),
                json.toString());
    }

    /** Not for people: see {@link #arguments}. */
    public static void main(String[] args) {
        try {
            measure(args);
            // Connections are still open, on threads that would go on.
            System.exit(0);
        } catch (Exception e) {
            e.printStackTrace();
            System.exit(1);
        }
    }

    private static void measure(String[] args) throws Exception {
        Peer peer = Peers.named(args[0]);
        Place place = new Place(Integer.parseInt(args[1]), Path.of(args[2]));
        LoadPlan plan = plan(args);
        Report report = new Report(Map.of(), List.of(new PeerRun(peer, place, plan).run()));
        try (Writer out = Files.newBufferedWriter(Path.of(args[10]))) {
            ReportJson.write(report, out);
        }
    }

    /** The one among these arguments. */
    static LoadPlan plan(String[] args) {
        long perSecond = Long.parseLong(args[4]);
        return new LoadPlan(
                args[3],
                perSecond > 0
                        ? new Pace.Open(perSecond)
                        : new Pace.Closed(Integer.parseInt(args[5])),
                1,
                Integer.parseInt(args[6]),
                1,
                Integer.parseInt(args[7]),
                0,
                Duration.parse(args[8]),
                Duration.parse(args[9]));
    }
}
