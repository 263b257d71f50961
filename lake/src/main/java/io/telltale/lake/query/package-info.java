/**
 * One question of an analyst: what it may name, which files it needs, what the caged engine
 * answers.
 */
@NullMarked
package io.telltale.lake.query;

import org.jspecify.annotations.NullMarked;
