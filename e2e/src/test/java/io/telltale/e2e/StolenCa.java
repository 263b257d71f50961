package io.telltale.e2e;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.crypto.x509.Pem;
import io.telltale.dbsqlite.SqliteFile;
import io.telltale.fakes.TestCa;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.keys.FileBackend;
import io.telltale.keys.KeyAuthority;
import io.telltale.keys.Passphrase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;

/** A server's own CA in a thief's hands. */
final class StolenCa {
  private StolenCa() {}

  /** The issuing CA of a server that is not running. */
  static TestCa of(Path data) throws IOException {
    var clock = InstantSource.system();
    var outside = new FileBackend.Environment(new Passphrase.None(), Entropy.system(), clock);
    var authority =
        new SpiffeId("telltale.local", TenantId.DEFAULT, SpiffeId.Kind.SERVICE, "authority");
    try (var backend =
            FileBackend.open(
                data.resolve("keys"),
                SqliteFile.at(data.resolve("keys").resolve("backend.db")),
                outside);
        var keys =
            KeyAuthority.open(
                SqliteFile.at(data.resolve("shred").resolve("shred.db")),
                backend,
                Entropy.system(),
                clock)) {
      Bytes sealed = Bytes.adopt(Files.readAllBytes(data.resolve("ca/issuing.key.sealed")));
      Bytes pkcs8 =
          keys.stateSeal(authority).open("ca/telltale ca key issuing", sealed).orElseThrow();
      return new TestCa(
          Pem.readCertificates(Files.readString(data.resolve("ca/issuing.crt.pem")))
              .orElseThrow()
              .getFirst(),
          EcdsaP256.privateKey(SecretBytes.copyOf(pkcs8.borrow())).orElseThrow());
    }
  }
}
