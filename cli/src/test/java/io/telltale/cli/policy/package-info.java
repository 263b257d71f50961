@NullMarked
package io.telltale.cli.policy;

import org.jspecify.annotations.NullMarked;
