package io.telltale.keys;

import io.telltale.kernel.Bytes;

/**
 * A secret as the shred store keeps it: wrapped by the backend under a version of a key, and then
 * sealed under a generation of the store.
 */
record WrappedSecret(int generation, int keyVersion, Bytes blob) {}
