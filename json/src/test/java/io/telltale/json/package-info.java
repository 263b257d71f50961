@NullMarked
package io.telltale.json;

import org.jspecify.annotations.NullMarked;
