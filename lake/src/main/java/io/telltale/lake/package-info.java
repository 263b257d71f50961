/**
 * Encrypted tables and the governed queries over them. Knows no device's socket and no registry.
 */
@NullMarked
package io.telltale.lake;

import org.jspecify.annotations.NullMarked;
