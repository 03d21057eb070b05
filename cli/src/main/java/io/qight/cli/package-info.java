/**
 * The command line, one command in each file.
 *
 * <p>Data goes to standard output, everything said to people to standard error. The exit code is 0
 * when the command did what it was asked, 1 when it failed and would fail again, 2 for wrong usage,
 * 3 when the same command may succeed later. A stack trace is shown only with {@code --verbose}.
 *
 * <p>A command loads only what it needs: {@code send} and {@code fetch} touch no class of the
 * relay, of the store or of the logging library, because people wait for them.
 */
@NullMarked
package io.qight.cli;

import org.jspecify.annotations.NullMarked;
