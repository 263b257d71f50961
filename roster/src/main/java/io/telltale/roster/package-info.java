/**
 * The reader's half of the registry: who is who, in memory, and what each tenant's policy says.
 * Links no database and issues nothing.
 */
@NullMarked
package io.telltale.roster;

import org.jspecify.annotations.NullMarked;
