package io.telltale.lake.upkeep;

import io.telltale.lake.seal.MetadataIo;
import io.telltale.lake.seal.SealedFile;
import io.telltale.objects.ObjectStore;

/** Which names below the lake's folders are its objects', whole or as a crash has left them. */
final class ObjectNames {
  private ObjectNames() {}

  static boolean isOurs(ObjectStore objects, String name) {
    String whole = objects.finished(name);
    return SealedFile.idOf(whole).isPresent() || MetadataIo.Name.ofName(whole).isPresent();
  }

  /** A name that is not ours as it may be shown: it may have anything in it. */
  static String shown(String name) {
    return name.codePoints()
        .map(c -> (c >= ' ' && c <= '~') || Character.isLetterOrDigit(c) ? c : '?')
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }
}
