package io.qight.load;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The relay that is measured.
 *
 * @param connector makes clients of it
 * @param address where it listens, for people
 * @param pid its process, if that is on this machine and known
 * @param store the directory of its store, if that is known
 * @param onLoopback whether all its bytes pass this machine's loopback interface
 */
public record MeasuredRelay(
        Connector connector,
        String address,
        OptionalLong pid,
        Optional<Path> store,
        boolean onLoopback) {}
