/** Immutable blobs by name: ciphertext, kept for whoever sealed it. Knows nothing of what is in. */
@NullMarked
package io.telltale.objects;

import org.jspecify.annotations.NullMarked;
