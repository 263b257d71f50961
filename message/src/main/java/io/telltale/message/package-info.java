/**
 * What a reading is: schemas and mappings, compiled and bounded. Knows no device, no registry, no
 * socket; whatever is read here comes from outside.
 */
@NullMarked
package io.telltale.message;

import org.jspecify.annotations.NullMarked;
