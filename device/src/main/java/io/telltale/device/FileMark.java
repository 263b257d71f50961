package io.telltale.device;

import io.telltale.kernel.Hash;

/**
 * How far a file of readings was taken.
 *
 * @param file its first row, its header and how it is read: tells files apart, wherever they lie
 * @param rows so many of its rows, those without a reading among them
 * @param chain of all those rows: tells whether they are still the same
 */
public record FileMark(Hash file, long rows, Hash chain) {}
