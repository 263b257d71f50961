/** Tests of what the demo tells. */
@NullMarked
package io.telltale.server.demo;

import org.jspecify.annotations.NullMarked;
