@NullMarked
package io.telltale.cli.api;

import org.jspecify.annotations.NullMarked;
