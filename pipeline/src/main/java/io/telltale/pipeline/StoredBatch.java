package io.telltale.pipeline;

import io.telltale.kernel.Hash;

/**
 * Consecutive entries of one partition whose Merkle root is in the ledger: {@code
 * docs/format/lake-batches.md}. The entry at offset {@code o} is leaf {@code o - first}.
 *
 * @param records how many of the leaves are stored records
 * @param leaves name of the object that holds the leaf hashes
 */
record StoredBatch(int partition, long first, long last, long records, Hash root, String leaves) {}
