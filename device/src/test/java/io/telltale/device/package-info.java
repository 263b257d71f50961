@NullMarked
package io.telltale.device;

import org.jspecify.annotations.NullMarked;
