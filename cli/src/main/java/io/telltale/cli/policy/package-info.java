/** The policy: its document as a file, its history, what it would do. */
@NullMarked
package io.telltale.cli.policy;

import org.jspecify.annotations.NullMarked;
