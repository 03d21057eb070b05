package io.qight.store.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.UnaryOperator;

/**
 * The manifest on disk and its changes, each durable before it counts. Any thread may change it;
 * one does at a time.
 */
final class ManifestFile {
    /** It is not known which manifest is on the disk, so the store cannot go on writing. */
    static final class Uncertain extends IOException {
        private static final long serialVersionUID = 1L;

        Uncertain(IOException cause) {
            super("the manifest could not be replaced", cause);
        }
    }

    /** A file that is there to be removed, so that a full disk has room for a manifest. */
    static final String BALLAST_NAME = "ballast";

    private static final int BALLAST_BYTES = 64 << 10;

    private final Disk disk;
    private Manifest current;
    private boolean uncertain;

    ManifestFile(Disk disk, Manifest current) {
        this.disk = disk;
        this.current = current;
    }

    synchronized Manifest current() {
        return current;
    }

    /**
     * Replaces the manifest by what {@code change} makes of it.
     *
     * @throws Uncertain if the old one or the new one is on the disk now; no change comes after
     * @throws IOException if the old one is, for sure
     */
    synchronized Manifest change(NextNumbers next, UnaryOperator<Manifest> change)
            throws IOException {
        if (uncertain) {
            throw new IOException("the manifest is not known any more");
        }
        Manifest changed = change.apply(current).following(next);
        try {
            write(Manifest.NEW_NAME, changed.encode());
        } catch (IOException full) {
            disk.delete(BALLAST_NAME);
            write(Manifest.NEW_NAME, changed.encode());
        }
        try {
            disk.rename(Manifest.NEW_NAME, Manifest.NAME);
            disk.sync();
        } catch (IOException e) {
            uncertain = true;
            throw new Uncertain(e);
        }
        current = changed;
        return changed;
    }

    /**
     * Puts back the ballast if it is gone. Whoever claims space calls this first: without the
     * ballast the last room is the manifest's, because no segment can go without a new manifest.
     *
     * @throws IOException if there is no room for it, and so for nothing else
     */
    synchronized void addBallast() throws IOException {
        if (!disk.list().contains(BALLAST_NAME)) {
            try {
                write(BALLAST_NAME, Format.direct(BALLAST_BYTES));
            } catch (IOException e) {
                disk.delete(BALLAST_NAME);
                throw e;
            }
        }
    }

    private void write(String name, ByteBuffer bytes) throws IOException {
        try (DiskFile file = disk.create(name)) {
            file.write(bytes, 0);
            file.force();
        }
    }
}
