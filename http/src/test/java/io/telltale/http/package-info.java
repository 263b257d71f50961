@NullMarked
package io.telltale.http;

import org.jspecify.annotations.NullMarked;
