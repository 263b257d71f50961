@NullMarked
package io.telltale.cli.query;

import org.jspecify.annotations.NullMarked;
