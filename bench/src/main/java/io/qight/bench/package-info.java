/** Benchmarks, the load generator, and what they are compared with. */
@NullMarked
package io.qight.bench;

import org.jspecify.annotations.NullMarked;
