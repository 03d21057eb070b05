package io.qight.store.embedded;

import io.qight.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Tells what is in a closed store and what of it is damaged. Reads every batch and every waiting
 * envelope, goes on behind damage, and changes nothing.
 */
public final class StoreCheck {
    /** How many mailboxes a report names. */
    public static final int MAILBOXES_MAX = 20;

    private final Disk disk;
    private final Set<StoreReport.Damage> damages = new LinkedHashSet<>();
    private final State state = new State();

    private StoreCheck(Disk disk) {
        this.disk = disk;
    }

    /**
     * Checks the store in a directory.
     *
     * @throws StoreException.CannotOpen if it is in use, or there is no store of a version that
     *     this program knows
     * @throws StoreException.Damaged if the manifest is damaged, without which nothing can be said
     */
    public static StoreReport run(Path directory) {
        if (!Files.isRegularFile(directory.resolve(Manifest.NAME))) {
            throw new StoreException.CannotOpen("there is no store in " + directory);
        }
        try {
            return run(new FileDisk(directory));
        } catch (IOException e) {
            throw new StoreException.CannotOpen(
                    "the store in %s cannot be read: %s".formatted(directory, e.getMessage()), e);
        }
    }

    static StoreReport run(Disk disk) throws IOException {
        if (!disk.lock(EmbeddedStore.LOCK_NAME, false)) {
            throw new StoreException.CannotOpen(
                    "the store is in use by another process, which holds the lock "
                            + disk.describe(EmbeddedStore.LOCK_NAME));
        }
        try (disk) {
            return new StoreCheck(disk).check();
        }
    }

    private StoreReport check() throws IOException {
        Manifest manifest = Manifest.read(disk);
        Recovery recovery = new Recovery(disk, manifest, state, this::found);
        try {
            recovery.openSegments(false);
            recovery.uncertainTail();
            recovery.replay();
            checkCoveredSegments();
            List<StoreReport.MailboxReport> mailboxes = checkMailboxes();
            Optional<StoreReport.CheckpointReport> checkpoint = checkpoint(manifest);
            return new StoreReport(
                    segments(),
                    checkpoint,
                    state.index.mailboxes(),
                    mailboxes,
                    state.index.waiting(),
                    state.index.waitingBytes(),
                    state.outboxes.size(),
                    state.segments.bytes()
                            + checkpoint.map(StoreReport.CheckpointReport::bytes).orElse(0L),
                    List.copyOf(damages));
        } finally {
            for (Segment segment : recovery.segments()) {
                segment.file.close();
            }
        }
    }

    private void found(String file, long offset, String what) {
        damages.add(new StoreReport.Damage(file, offset, what));
    }

    /** Reads the batches that recovery took from the checkpoint. */
    private void checkCoveredSegments() throws IOException {
        for (Segment segment : state.segments.log()) {
            if (segment.covered) {
                SegmentScanner scanner = new SegmentScanner(segment.file, segment.id);
                boolean more = true;
                while (more) {
                    more = scanner.next();
                    if (!more && !scanner.isSealed()) {
                        found(name(segment), scanner.end(), "a batch is not what was written");
                        more = scanner.nextAfterDamage();
                    }
                }
            }
        }
    }

    /** Reads all that waits; returns the largest mailboxes. */
    private List<StoreReport.MailboxReport> checkMailboxes() throws IOException {
        Comparator<StoreReport.MailboxReport> byWaiting =
                Comparator.comparingLong(StoreReport.MailboxReport::waiting);
        PriorityQueue<StoreReport.MailboxReport> largest = new PriorityQueue<>(byWaiting);
        EnvelopeReader reader = new EnvelopeReader(disk, state);
        for (int slot = 0; slot < state.index.slots(); slot++) {
            Mailbox mailbox = state.index.atSlot(slot);
            if (mailbox != null) {
                checkMailbox(mailbox, reader);
                largest.add(
                        new StoreReport.MailboxReport(
                                mailbox.name, mailbox.waiting, mailbox.waitingBytes));
                if (largest.size() > MAILBOXES_MAX) {
                    largest.remove();
                }
            }
        }
        List<StoreReport.MailboxReport> sorted = new ArrayList<>(largest);
        sorted.sort(byWaiting.reversed());
        return sorted;
    }

    private void checkMailbox(Mailbox mailbox, EnvelopeReader reader) {
        Blocks.Place place = new Blocks.Place();
        long at = state.index.findAbove(mailbox, 0);
        while (at >= 0) {
            long sequence = state.index.sequence(mailbox, at);
            state.index.place(mailbox, at, place);
            try {
                reader.read(mailbox.name, sequence - 1, 1, 0);
            } catch (StoreException e) {
                found(
                        name(state.segments.atSlot(place.slot)),
                        place.offset,
                        "envelope %d of mailbox %s is not what was written"
                                .formatted(sequence, mailbox.name));
            }
            at = state.index.next(mailbox, at);
        }
    }

    private Optional<StoreReport.CheckpointReport> checkpoint(Manifest manifest)
            throws IOException {
        if (manifest.checkpoint() == 0) {
            return Optional.empty();
        }
        String name = Checkpoint.fileName(manifest.checkpoint());
        if (!disk.list().contains(name)) {
            found(disk.describe(name), 0, "the file is missing");
            return Optional.empty();
        }
        try (DiskFile file = disk.openReadOnly(name)) {
            long damagedAt = Checkpoint.damagedAt(file);
            if (damagedAt >= 0) {
                found(disk.describe(name), damagedAt, "the checkpoint's part that begins here");
            }
            return Optional.of(new StoreReport.CheckpointReport(disk.describe(name), file.size()));
        }
    }

    private List<StoreReport.SegmentReport> segments() {
        List<StoreReport.SegmentReport> segments = new ArrayList<>();
        for (Segment segment : state.segments.all()) {
            segments.add(
                    new StoreReport.SegmentReport(
                            name(segment),
                            segment.capacity,
                            segment.position,
                            segment.live,
                            segment.liveBytes));
        }
        return segments;
    }

    private String name(Segment segment) {
        return disk.describe(Preparation.fileName(segment.id));
    }
}
