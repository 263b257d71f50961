@NullMarked
package io.telltale.identity;

import org.jspecify.annotations.NullMarked;
