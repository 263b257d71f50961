/**
 * The key hierarchy: who may seal, who may open, and how a key ends. Knows no socket, no registry.
 */
@NullMarked
package io.telltale.keys;

import org.jspecify.annotations.NullMarked;
