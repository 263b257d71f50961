@NullMarked
package io.telltale.server.api;

import org.jspecify.annotations.NullMarked;
