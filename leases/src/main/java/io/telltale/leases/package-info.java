/**
 * The client half of keys: who seals and who opens, under leases that whoever holds the keys
 * answers for. Links no authority and no database.
 */
@NullMarked
package io.telltale.leases;

import org.jspecify.annotations.NullMarked;
