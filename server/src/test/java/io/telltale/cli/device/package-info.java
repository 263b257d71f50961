@NullMarked
package io.telltale.cli.device;

import org.jspecify.annotations.NullMarked;
