/** The client half of keys against the real authority, which its own module must not know. */
@NullMarked
package io.telltale.leases;

import org.jspecify.annotations.NullMarked;
