package io.telltale.lake.seal;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Scope;
import io.telltale.kernel.Sensitivity;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.LakeParts;
import io.telltale.leases.FileKeys;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * One key a day for the tables' own files; each file's key is derived from it and the file's id.
 * Asking the key service for each of the six small files of a commit would cost more than the
 * commit.
 */
public final class MetadataKeys {
  private static final byte[] LABEL =
      "telltale lake metadata file 1\0".getBytes(StandardCharsets.UTF_8);

  private final LakeParts parts;
  private final Scope scope;
  private final Map<String, SecretKey> opened = new ConcurrentHashMap<>();
  private Optional<Current> current = Optional.empty();

  private record Current(LocalDate day, String id) {}

  public MetadataKeys(LakeParts parts) {
    this.parts = parts;
    this.scope =
        new Scope(parts.self().tenant(), "lake", "local", "metadata", Sensitivity.INTERNAL);
  }

  /** The id of the key that seals today. */
  synchronized String currentId() {
    LocalDate today = LocalDate.ofInstant(parts.clock().instant(), ZoneOffset.UTC);
    return current.filter(known -> known.day().equals(today)).orElseGet(() -> create(today)).id();
  }

  private Current create(LocalDate day) {
    String id = parts.random(SealedBlocks.FILE_ID_BYTES).hex();
    var answer = own().create(new FileKeys.Wanted(scope, day, keyName(id)));
    SecretKey key =
        FileVault.opened(answer)
            .orElseThrow(() -> new UnavailableException("making a metadata key: " + answer));
    opened.put(id, key);
    var created = new Current(day, id);
    current = Optional.of(created);
    return created;
  }

  public SecretKey fileKey(String keyId, Bytes fileId) {
    SecretKey key = opened.computeIfAbsent(keyId, this::open);
    byte[] info =
        ByteBuffer.allocate(LABEL.length + fileId.size()).put(LABEL).put(fileId.borrow()).array();
    try {
      return KDF.getInstance("HKDF-SHA256")
          .deriveKey("AES", HKDFParameterSpec.expandOnly(key, info, 32));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform of 25 has HKDF-SHA256", e);
    }
  }

  private SecretKey open(String keyId) {
    FileKeys.Access answer = own().open(keyName(keyId));
    String attempted = "opening a metadata key: " + answer;
    return FileVault.opened(answer)
        .orElseThrow(
            () ->
                // One that is gone comes back by nobody's leave: that is to be told.
                answer instanceof FileKeys.Access.Gone
                    ? new UnavailableException(attempted)
                    : new KeyAwayException(attempted));
  }

  private FileKeys own() {
    return parts.keys().apply(parts.self());
  }

  private static String keyName(String id) {
    return "lake/" + MetadataIo.FOLDER + "/" + id;
  }
}
