/**
 * What {@code bench/compare} and {@code bench/guard} do: contenders are measured in turns, each
 * time in fresh processes, and their medians are compared.
 *
 * <p>Every process that is started ends with the command, also at a signal, and what they wrote is
 * removed. A contender that cannot be measured is named, never left out in silence.
 */
@NullMarked
package io.qight.bench.compare;

import org.jspecify.annotations.NullMarked;
