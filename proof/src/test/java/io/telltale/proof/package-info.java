@NullMarked
package io.telltale.proof;

import org.jspecify.annotations.NullMarked;
