package io.telltale.server.data;

import io.telltale.cli.api.Connection;
import io.telltale.crypto.x509.Pem;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.UnavailableException;
import io.telltale.server.Foundation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;

/**
 * The roots' revocation lists beside the trust bundle, so that the command line believes no server
 * of an issuing CA that has ended. Whoever copies {@code operator/} takes it along.
 */
public final class RootListsFile {
  private RootListsFile() {}

  /** Writes it unless it is there already. */
  public static void write(Foundation foundation, DataFolder folder) {
    Path file = TrustBundleFile.in(folder).resolveSibling(Connection.ROOT_LISTS);
    Bytes pem =
        Bytes.utf8(
            foundation.authority().rootLists().stream()
                .map(list -> Pem.encode(Pem.LIST, list.toArray()))
                .collect(Collectors.joining()));
    if (!isThere(file, pem)) {
      folder.write(file, pem.borrow());
    }
  }

  private static boolean isThere(Path file, Bytes content) {
    try {
      return Files.exists(file) && Bytes.adopt(Files.readAllBytes(file)).equals(content);
    } catch (IOException e) {
      throw new UnavailableException("reading " + file, e);
    }
  }
}
