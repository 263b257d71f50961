package io.telltale.leases;

import io.telltale.crypto.SecretBytes;
import io.telltale.kernel.Scope;
import java.time.LocalDate;
import java.util.Collection;
import java.util.List;

/**
 * The keys of lake files, one random AES-256 key each, for one caller. Only their wrapped form is
 * stored, under the file's id, so that a file's metadata need not carry it. Thread-safe. Throws
 * {@link io.telltale.kernel.UnavailableException} when the keys cannot be reached.
 */
public interface FileKeys {
  /** Makes a key; durable when this returns. A file id that has one already is refused. */
  Access create(Wanted file);

  /** Makes several keys with one durable write, in order; all or the first refusal alone. */
  List<Access> createAll(List<Wanted> files);

  Access open(String fileId);

  /** Removes the keys of files that are gone; unknown ids and those of others are skipped. */
  void forget(Collection<String> fileIds);

  /**
   * A file that needs a key.
   *
   * @param fileId unique for good, up to 200 characters
   */
  record Wanted(Scope scope, LocalDate epoch, String fileId) {
    private static final int ID_MAX = 200;

    public Wanted {
      if (fileId.isEmpty() || fileId.length() > ID_MAX) {
        throw new IllegalArgumentException("a file id has 1 to " + ID_MAX + " characters");
      }
    }
  }

  /** The answer. */
  sealed interface Access {
    /** The caller owns the key and wipes it. */
    record Granted(String fileId, SecretBytes key) implements Access {}

    /** No grant, or the file id is taken. */
    record Denied(String why) implements Access {}

    /** The scope's key is disabled: try again later. */
    record Unavailable(String why) implements Access {}

    /** Destroyed, forgotten or never made. */
    record Gone(String why) implements Access {
      private static final String DOES_NOT_OPEN = "does-not-open";

      /** There is a key, and the scope's does not open it. */
      public static Gone undecryptable() {
        return new Gone(DOES_NOT_OPEN);
      }

      public boolean isUndecryptable() {
        return why.equals(DOES_NOT_OPEN);
      }
    }
  }
}
