/** Sequences events into a Merkle log and proves them. Knows no device and no network. */
@NullMarked
package io.telltale.ledger;

import org.jspecify.annotations.NullMarked;
