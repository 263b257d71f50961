package io.telltale.lake;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Scope;
import io.telltale.kernel.Sensitivity;
import io.telltale.kernel.UnavailableException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
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
final class MetadataKeys {
  private static final byte[] LABEL =
      "telltale lake metadata file 1\0".getBytes(StandardCharsets.UTF_8);

  private final LakeParts parts;
  private final Scope scope;
  private final Map<String, SecretKey> opened = new ConcurrentHashMap<>();
  private Optional<Current> current = Optional.empty();

  private record Current(long epochDay, String id, Bytes wrapped) {}

  MetadataKeys(LakeParts parts) {
    this.parts = parts;
    this.scope =
        new Scope(parts.self().tenant(), "lake", "local", "metadata", Sensitivity.INTERNAL);
  }

  /** The id of the key that seals today. */
  synchronized String currentId() {
    long today = parts.clock().millis() / Duration.ofDays(1).toMillis();
    Current now = current.filter(known -> known.epochDay() == today).orElse(null);
    if (now == null) {
      Bytes id = parts.random(SealedBlocks.FILE_ID_BYTES);
      FileKeyService.Created created = parts.keys().create(scope, today, id);
      now = new Current(today, id.hex(), created.wrapped());
      opened.put(now.id(), created.key());
      current = Optional.of(now);
    }
    return now.id();
  }

  /** Stores today's wrapped key with the first commit that needs it. */
  synchronized void persist(Connection transaction) throws SQLException {
    if (current.isEmpty()) {
      return;
    }
    try (PreparedStatement insert =
        transaction.prepareStatement(
            "INSERT OR IGNORE INTO lake_metadata_keys (id, wrapped) VALUES (?, ?)")) {
      insert.setString(1, current.get().id());
      insert.setBytes(2, current.get().wrapped().borrow());
      insert.executeUpdate();
    }
  }

  SecretKey fileKey(String keyId, Bytes fileId) {
    SecretKey key = opened.computeIfAbsent(keyId, this::load);
    byte[] info =
        ByteBuffer.allocate(LABEL.length + fileId.size()).put(LABEL).put(fileId.borrow()).array();
    try {
      return KDF.getInstance("HKDF-SHA256")
          .deriveKey("AES", HKDFParameterSpec.expandOnly(key, info, 32));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform of 25 has HKDF-SHA256", e);
    }
  }

  private SecretKey load(String keyId) {
    byte[] wrapped =
        parts
            .database()
            .read(
                connection -> {
                  try (PreparedStatement select =
                      connection.prepareStatement(
                          "SELECT wrapped FROM lake_metadata_keys WHERE id = ?")) {
                    select.setString(1, keyId);
                    try (ResultSet row = select.executeQuery()) {
                      return row.next() ? row.getBytes(1) : new byte[0];
                    }
                  }
                });
    if (wrapped.length == 0) {
      throw new CorruptException("table metadata under a key that nobody knows");
    }
    return parts
        .keys()
        .open(Bytes.adopt(wrapped), Bytes.ofHex(keyId), parts.self())
        .orElseThrow(() -> new UnavailableException("opening the key of the table metadata"));
  }
}
