/** The watch over leaked buffers that all tests of this module run under. */
@NullMarked
package io.qight.transport.leaks;

import org.jspecify.annotations.NullMarked;
