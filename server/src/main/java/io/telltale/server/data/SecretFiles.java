package io.telltale.server.data;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.PrivateFiles;
import io.telltale.kernel.UnavailableException;
import io.telltale.leases.StateSeal;
import io.telltale.ledger.SecretStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Random secrets by name, each in a sealed file below {@code keys/}. */
public final class SecretFiles implements SecretStore {
  private final DataFolder folder;
  private final StateSeal seal;
  private final Entropy entropy;

  public SecretFiles(DataFolder folder, StateSeal seal, Entropy entropy) {
    this.folder = folder;
    this.seal = seal;
    this.entropy = entropy;
  }

  @Override
  public boolean has(String name) {
    return PrivateFiles.mayExist(folder.part("keys").resolve(name + ".sealed"));
  }

  @Override
  public SecretBytes loadOrCreate(String name, int sizeBytes) {
    Path file = folder.part("keys").resolve(name + ".sealed");
    String context = "secret/" + name;
    try {
      if (PrivateFiles.mayExist(file)) {
        return seal.open(context, Bytes.adopt(Files.readAllBytes(file)))
            .map(plain -> SecretBytes.copyOf(plain.borrow()))
            .orElseThrow(
                () ->
                    new CorruptException(
                        file
                            + " does not open: it is damaged, or of another data folder. Put it"
                            + " back from the newest backup of this one"));
      }
    } catch (IOException e) {
      throw new UnavailableException("reading " + file, e);
    }
    SecretBytes secret = entropy.secret(sizeBytes);
    folder.write(file, seal.seal(context, Bytes.adopt(secret.toArray())).borrow());
    return secret;
  }
}
