/** Used sequence numbers of each enrolment, stored as what changed. */
@NullMarked
package io.telltale.pipeline.windows;

import org.jspecify.annotations.NullMarked;
