/** Primitives from libraries behind small types. Never logs, never touches disk or clock. */
@NullMarked
package io.telltale.crypto;

import org.jspecify.annotations.NullMarked;
