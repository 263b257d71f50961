package io.telltale.lake;

import io.telltale.kernel.Hash;

/**
 * Where a table stands. {@code hash} is what the last {@code table.moved} event of the ledger must
 * say; another one means that someone moved the table back.
 */
public record TablePointer(String table, String pointer, long version, Hash hash) {}
