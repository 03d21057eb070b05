package io.qight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WatchedFileTest {
    @TempDir private Path directory;

    private Path file;
    private Path other;
    private WatchedFile watched;
    private int reads;
    private boolean bad;

    @BeforeEach
    void watch() throws IOException {
        file = Files.writeString(directory.resolve("file"), "one");
        other = Files.writeString(directory.resolve("other"), "two");
        watched = WatchedFile.of(file, other);
    }

    @Test
    void whatDoesNotChangeIsNotRead() {
        look(3);
        assertThat(reads).isZero();
    }

    @Test
    void changedFilesAreReadOnceAndOnlyWhenTheyStayAsTheyAre() throws IOException {
        Files.writeString(file, "half");
        look(1);
        Files.writeString(file, "half and half");
        look(1);
        assertThat(reads).isZero();

        look(3);
        assertThat(reads).isEqualTo(1);
    }

    @Test
    void aFileThatTakesThePlaceOfOneOfTheSameSizeAndTimeIsRead() throws IOException {
        FileTime time = Files.getLastModifiedTime(other);
        Path replacement = Files.writeString(directory.resolve("new"), "TWO");
        Files.setLastModifiedTime(replacement, time);
        Files.delete(other);
        Files.move(replacement, other);

        look(2);
        assertThat(reads).isEqualTo(1);
    }

    @Test
    void aFileThatIsGoneAndComesBackIsRead() throws IOException {
        Files.delete(file);
        look(2);
        assertThat(reads).isEqualTo(1);

        Files.writeString(file, "again");
        look(2);
        assertThat(reads).isEqualTo(2);
    }

    @Test
    void whatCouldNotBeReadIsReadAgainWhenItChanges() throws IOException {
        bad = true;
        Files.writeString(file, "bad");
        look(3);
        assertThat(reads).isEqualTo(1);

        bad = false;
        Files.writeString(file, "good");
        look(3);
        assertThat(reads).isEqualTo(2);
    }

    @Test
    void aHangupHasThemReadAtOnceAndThatCounts() throws IOException {
        watched.look(true, this::read);
        assertThat(reads).isEqualTo(1);

        Files.writeString(file, "changed");
        watched.look(true, this::read);
        look(3);
        assertThat(reads).isEqualTo(2);
    }

    private void look(int times) {
        for (int i = 0; i < times; i++) {
            watched.look(false, this::read);
        }
    }

    private void read() {
        reads++;
        if (bad) {
            throw new IllegalArgumentException("it cannot be used");
        }
    }
}
