/** House rules about the text of this project's files. Knows files, not classes. */
@NullMarked
package io.telltale.e2e.tidy;

import org.jspecify.annotations.NullMarked;
