/**
 * The small factory that shows the program to a person. Stands on the server and on the device
 * library as anybody could; nothing of the server knows it.
 */
@NullMarked
package io.telltale.server.demo;

import org.jspecify.annotations.NullMarked;
