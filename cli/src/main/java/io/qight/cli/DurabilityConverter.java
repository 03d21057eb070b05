package io.qight.cli;

import io.qight.store.Durability;
import java.util.Arrays;
import java.util.Iterator;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code fsync}, {@code os} or {@code memory}. */
final class DurabilityConverter implements ITypeConverter<Durability> {
    @Override
    public Durability convert(String text) {
        for (Durability durability : Durability.values()) {
            if (durability.token().equals(text)) {
                return durability;
            }
        }
        throw new TypeConversionException("'" + text + "' is none of fsync, os, memory");
    }

    /** What a shell offers. */
    static final class Candidates implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Arrays.stream(Durability.values()).map(Durability::token).iterator();
        }
    }
}
