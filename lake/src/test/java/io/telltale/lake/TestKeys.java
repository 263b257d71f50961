package io.telltale.lake;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Scope;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.UnavailableException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** A key service in memory: one key per scope, which can be disabled, and refusable callers. */
final class TestKeys implements FileKeyService {
  private final SecureRandom random = new SecureRandom();
  private final Map<Scope, SecretKey> keys = new HashMap<>();
  private final Set<Scope> disabled = new HashSet<>();
  private final Set<SpiffeId> refused = new HashSet<>();

  synchronized void disable(Scope scope) {
    disabled.add(scope);
  }

  synchronized void enable(Scope scope) {
    disabled.remove(scope);
  }

  synchronized void refuse(SpiffeId caller) {
    refused.add(caller);
  }

  @Override
  public synchronized Created create(Scope scope, long epochDay, Bytes fileId) {
    if (disabled.contains(scope)) {
      throw new UnavailableException("wrapping with a disabled key");
    }
    byte[] key = bytes(32);
    byte[] nonce = bytes(12);
    byte[] name = (scope.path() + " " + epochDay).getBytes(StandardCharsets.UTF_8);
    SecretKey kek = keys.computeIfAbsent(scope, _ -> new SecretKeySpec(bytes(32), "AES"));
    byte[] box = crypt(Cipher.ENCRYPT_MODE, kek, nonce, key, name, fileId).orElseThrow();
    byte[] wrapped =
        ByteBuffer.allocate(1 + name.length + 12 + box.length)
            .put((byte) name.length)
            .put(name)
            .put(nonce)
            .put(box)
            .array();
    return new Created(Bytes.adopt(wrapped), new SecretKeySpec(key, "AES"));
  }

  @Override
  public synchronized Optional<SecretKey> open(Bytes wrapped, Bytes fileId, SpiffeId caller) {
    ByteBuffer in = wrapped.asBuffer();
    byte[] name = new byte[in.get()];
    byte[] nonce = new byte[12];
    in.get(name).get(nonce);
    byte[] box = new byte[in.remaining()];
    in.get(box);
    String path = new String(name, StandardCharsets.UTF_8).split(" ", -1)[0];
    Scope scope = Scope.parse(path).orElseThrow();
    SecretKey kek = keys.get(scope);
    if (kek == null || disabled.contains(scope) || refused.contains(caller)) {
      return Optional.empty();
    }
    return crypt(Cipher.DECRYPT_MODE, kek, nonce, box, name, fileId)
        .map(key -> new SecretKeySpec(key, "AES"));
  }

  private static Optional<byte[]> crypt(
      int mode, SecretKey kek, byte[] nonce, byte[] input, byte[] name, Bytes fileId) {
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(mode, kek, new GCMParameterSpec(128, nonce));
      cipher.updateAAD(name);
      cipher.updateAAD(fileId.borrow());
      return Optional.of(cipher.doFinal(input));
    } catch (GeneralSecurityException e) {
      return Optional.empty();
    }
  }

  private byte[] bytes(int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return bytes;
  }
}
