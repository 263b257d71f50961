@NullMarked
package io.telltale.leases;

import org.jspecify.annotations.NullMarked;
