/** The formats of a record, byte for byte. Knows no key holder, no log, no clock. */
@NullMarked
package io.telltale.record;

import org.jspecify.annotations.NullMarked;
