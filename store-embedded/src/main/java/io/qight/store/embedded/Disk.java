package io.qight.store.embedded;

import java.io.IOException;
import java.util.List;

/**
 * All that the engine asks of a directory: the one way from it to the disk, so that a twin in
 * memory can lose, tear, reorder and flip what is written, fail, be full, or stop at any step.
 *
 * <p>What the engine relies on, and no more: written bytes may reach the medium in any order, in
 * part or not at all, until {@link DiskFile#force} of the file returns; a name that is made, moved
 * or removed may come out either way after a crash until {@link #sync} returns; and a rename leaves
 * the one file or the other under the name, never neither. A freshly created file that was forced
 * but whose directory was not synced may be gone.
 *
 * <p>Any thread may call any method. Names are plain file names, without a folder.
 */
interface Disk extends AutoCloseable {
    /** The names of the files in the directory, in no order. */
    List<String> list() throws IOException;

    /** Makes an empty file for reading and writing; a file of that name is replaced. */
    DiskFile create(String name) throws IOException;

    /** Opens a file for reading and writing. */
    DiskFile open(String name) throws IOException;

    /** Opens a file for reading alone. */
    DiskFile openReadOnly(String name) throws IOException;

    /** Gives a file another name, in one step; a file that had that name is gone. */
    void rename(String from, String to) throws IOException;

    /** Removes a file's name; those who have it open may go on reading it. */
    void delete(String name) throws IOException;

    /** Makes the names in the directory durable. */
    void sync() throws IOException;

    /**
     * Takes the lock that this file carries, until {@link #close}; false if another process, or
     * another {@code Disk} of this one, has it.
     *
     * @param exclusive whether nobody else may have it; makes the file if it is not there. A shared
     *     lock leaves the directory untouched
     */
    boolean lock(String name, boolean exclusive) throws IOException;

    /** How people find the file: its full path. */
    String describe(String name);

    /** Gives back the lock. Files that are open stay so. */
    @Override
    void close() throws IOException;
}
