package io.telltale.bench;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.x509.Pem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/** A server's certificate and key, as a process of its own finds them. */
final class BenchFiles {
  private BenchFiles() {}

  static void write(Path folder, BenchAuthority.Issued server) throws IOException {
    Files.writeString(folder.resolve("server.pem"), Pem.certificates(server.chain()));
    Files.writeString(
        folder.resolve("server.key"), Pem.encode("PRIVATE KEY", server.key().getEncoded()));
  }

  static List<X509Certificate> chain(Path folder) throws IOException {
    return Pem.readCertificates(Files.readString(folder.resolve("server.pem"))).orElseThrow();
  }

  static PrivateKey key(Path folder) throws IOException {
    return Pem.decode("PRIVATE KEY", Files.readString(folder.resolve("server.key")))
        .flatMap(EcdsaP256::privateKey)
        .orElseThrow();
  }
}
