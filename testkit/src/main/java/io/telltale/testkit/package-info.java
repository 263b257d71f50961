/** Real parts made easy for tests: certificate authorities, seeded cases, faults. */
@NullMarked
package io.telltale.testkit;

import org.jspecify.annotations.NullMarked;
