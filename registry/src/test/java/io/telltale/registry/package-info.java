@NullMarked
package io.telltale.registry;

import org.jspecify.annotations.NullMarked;
