package io.telltale.server.data;

import io.telltale.cli.api.Connection;
import io.telltale.crypto.x509.Pem;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Finding;
import io.telltale.kernel.UnavailableException;
import io.telltale.server.Foundation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The roots' revocation lists beside the trust bundle, so that the command line believes no server
 * of an issuing CA that has ended. Whoever copies {@code operator/} takes it along.
 */
public final class RootListsFile {
  private RootListsFile() {}

  /** Writes it unless it is there already. */
  public static void write(Foundation foundation, DataFolder folder) {
    if (!isThere(in(folder), content(foundation))) {
      folder.write(in(folder), content(foundation).borrow());
    }
  }

  /** Whether it is the one that would be written now; none is none written yet. */
  public static List<Finding> faults(Foundation foundation, DataFolder folder) {
    try {
      return Files.notExists(in(folder)) || isThere(in(folder), content(foundation))
          ? List.of()
          : List.of(
              new Finding(
                  in(folder).toString(),
                  "is not what the roots' lists say",
                  "The next start writes it anew; whoever took a copy takes one again."));
    } catch (UnavailableException e) {
      return List.of(Finding.unreadable(in(folder).toString(), e));
    }
  }

  private static Path in(DataFolder folder) {
    return TrustBundleFile.in(folder).resolveSibling(Connection.ROOT_LISTS);
  }

  private static Bytes content(Foundation foundation) {
    return Bytes.utf8(
        foundation.authority().rootLists().stream()
            .map(list -> Pem.encode(Pem.LIST, list.toArray()))
            .collect(Collectors.joining()));
  }

  private static boolean isThere(Path file, Bytes content) {
    try {
      return Files.exists(file) && Bytes.adopt(Files.readAllBytes(file)).equals(content);
    } catch (IOException e) {
      throw new UnavailableException("reading " + file, e);
    }
  }
}
