@NullMarked
package io.telltale.objectslocal;

import org.jspecify.annotations.NullMarked;
