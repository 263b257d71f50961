/**
 * Offline verification: from a proof file and a trust bundle alone, what a record, an event or a
 * number rests on. Tree hashing by RFC 9162, checkpoints and signed notes by C2SP.
 */
@NullMarked
package io.telltale.proof;

import org.jspecify.annotations.NullMarked;
