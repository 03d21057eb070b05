/** UTF-8 without silent replacement; for this module alone. */
@NullMarked
package io.qight.wire.text;

import org.jspecify.annotations.NullMarked;
