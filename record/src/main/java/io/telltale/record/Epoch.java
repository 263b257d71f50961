package io.telltale.record;

import io.telltale.kernel.Scope;
import java.time.LocalDate;

/**
 * Names one epoch key pair.
 *
 * @param day the UTC day it is for
 * @param version from 1; a new one replaces a compromised pair
 */
public record Epoch(Scope scope, LocalDate day, int version) {}
