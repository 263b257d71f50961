/**
 * The one policy that every submission passes, whichever door: identify, authorise, limit,
 * freshness, shape, seal, append, acknowledge. Knows no socket, no protocol code, and can open
 * nothing: it holds a sealer only.
 */
@NullMarked
package io.telltale.admission;

import org.jspecify.annotations.NullMarked;
