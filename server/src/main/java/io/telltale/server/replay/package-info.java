/**
 * Files of real readings handed out to devices. Knows how a file is written; knows no server and no
 * connection.
 */
@NullMarked
package io.telltale.server.replay;

import org.jspecify.annotations.NullMarked;
