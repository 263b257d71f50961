@NullMarked
package io.telltale.pipeline.intake;

import org.jspecify.annotations.NullMarked;
