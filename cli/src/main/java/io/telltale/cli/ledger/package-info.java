/** The ledger: events, checkpoints, and those that somebody kept. */
@NullMarked
package io.telltale.cli.ledger;

import org.jspecify.annotations.NullMarked;
