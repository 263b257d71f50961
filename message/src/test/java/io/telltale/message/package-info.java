@NullMarked
package io.telltale.message;

import org.jspecify.annotations.NullMarked;
