package io.qight.store.embedded;

import java.util.Arrays;

/**
 * A mailbox that holds something: its number in the log, and its blocks of the index in the order
 * of their sequences. Guarded by the store's lock.
 *
 * <p>The number lasts as long as the mailbox holds something; one that is filled again gets
 * another.
 */
final class Mailbox {
    final String name;
    long number;

    /** Its place in the index's table. */
    final int slot;

    long waiting;
    long waitingBytes;

    /** The segment that has its number and name already; read by the writer alone. */
    int definedIn;

    private int[] blocks = new int[1];
    private int head;
    private int size;

    Mailbox(String name, long number, int slot) {
        this.name = name;
        this.number = number;
        this.slot = slot;
    }

    int size() {
        return size;
    }

    int block(int index) {
        return blocks[head + index];
    }

    void insert(int index, int block) {
        if (head + size == blocks.length) {
            makeRoom();
        }
        int at = head + index;
        System.arraycopy(blocks, at, blocks, at + 1, size - index);
        blocks[at] = block;
        size++;
    }

    void remove(int index) {
        size--;
        if (index < size / 2) {
            System.arraycopy(blocks, head, blocks, head + 1, index);
            head++;
        } else {
            System.arraycopy(blocks, head + index + 1, blocks, head + index, size - index);
        }
        if (blocks.length > 16 && size < blocks.length / 4) {
            resize(size + size / 2);
        }
    }

    private void makeRoom() {
        if (head > blocks.length / 4) {
            System.arraycopy(blocks, head, blocks, 0, size);
            head = 0;
        } else {
            resize(size + size / 2 + 1);
        }
    }

    private void resize(int length) {
        blocks = Arrays.copyOf(Arrays.copyOfRange(blocks, head, head + size), length);
        head = 0;
    }
}
