package io.qight.store.embedded;

import io.qight.store.StoreException;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a store is opened with, after all was found or made.
 *
 * @param state what the store knows
 * @param manifest the manifest, as it is on the disk
 * @param preparation what claims space
 * @param pace how work beside the writer rests
 * @param recovery how the state was found
 * @param epoch the mark of all batches of this open
 */
record Opening(
        State state,
        ManifestFile manifest,
        Preparation preparation,
        Pace pace,
        Recovery recovery,
        long epoch) {
    private static final String SEGMENT_PREFIX = "segment-";
    private static final String CHECKPOINT_PREFIX = "checkpoint-";

    /** Opens what is in the directory, whose lock is held. */
    static Opening run(Disk disk, EmbeddedStoreConfig config, Random random, boolean resting)
            throws IOException {
        ManifestFile manifest = manifest(disk, random);
        // A killed process may have left names that it did not sync, the manifest's too; nothing
        // may be built on them, and no file removed, while a loss of power could still undo them.
        disk.sync();
        removeLeftovers(disk, manifest.current());
        State state = new State();
        Recovery recovery = new Recovery(disk, manifest.current(), state, Recovery.Damages.THROW);
        try {
            long epoch = random.nextLong();
            recovery.openSegments(true);
            Pace pace = new Pace(resting);
            Preparation preparation = new Preparation(disk, state, manifest, pace, config);
            secureTail(disk, manifest, recovery, preparation, epoch);
            recovery.replay();
            return new Opening(state, manifest, preparation, pace, recovery, epoch);
        } catch (IOException | RuntimeException | Error e) {
            for (Segment segment : recovery.segments()) {
                segment.file.close();
            }
            throw e;
        }
    }

    private static ManifestFile manifest(Disk disk, Random random) throws IOException {
        List<String> names = disk.list();
        if (names.contains(Manifest.NAME)) {
            return new ManifestFile(disk, Manifest.read(disk));
        }
        if (names.stream().anyMatch(name -> name.startsWith(SEGMENT_PREFIX))) {
            throw new StoreException.CannotOpen(
                    disk.describe(Manifest.NAME) + " is missing, and there are segments of a log");
        }
        ManifestFile manifest =
                new ManifestFile(disk, Manifest.first(random.nextLong(), random.nextLong()));
        manifest.change(manifest.current().next(), first -> first);
        return manifest;
    }

    /** Removes what a crash left behind: files of this store that the manifest does not name. */
    private static void removeLeftovers(Disk disk, Manifest manifest) throws IOException {
        Set<String> named =
                manifest.entries().stream()
                        .map(entry -> Preparation.fileName(entry.id()))
                        .collect(Collectors.toSet());
        named.add(Checkpoint.fileName(manifest.checkpoint()));
        boolean removed = false;
        for (String name : disk.list()) {
            boolean ours =
                    name.startsWith(SEGMENT_PREFIX)
                            || name.startsWith(CHECKPOINT_PREFIX)
                            || name.equals(Manifest.NEW_NAME);
            if (ours && !named.contains(name)) {
                disk.delete(name);
                removed = true;
            }
        }
        if (removed) {
            disk.sync();
        }
    }

    private static void secureTail(
            Disk disk,
            ManifestFile manifest,
            Recovery recovery,
            Preparation preparation,
            long epoch)
            throws IOException {
        Segment last = recovery.uncertainTail();
        if (last == null) {
            return;
        }
        recovery.replaceTail(last, TailCopy.make(disk, preparation, manifest, last, epoch));
        last.file.close();
        disk.delete(Preparation.fileName(last.id));
        disk.sync();
    }
}
