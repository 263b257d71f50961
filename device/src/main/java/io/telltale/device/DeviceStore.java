package io.telltale.device;

import io.telltale.crypto.AesGcm;
import io.telltale.crypto.AesKey;
import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.Entropy;
import io.telltale.crypto.Hkdf;
import io.telltale.crypto.SecretBytes;
import io.telltale.crypto.x509.Pem;
import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.device.EnrollmentToken.ServerAddress;
import io.telltale.json.JsonProfile;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Hash;
import io.telltale.kernel.PrivateFiles;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * What a device keeps: its key, encrypted under the machine's secret, and its certificate. The
 * machine's secret is a file of mode 0600 here; whoever can read both has the key. A TPM or secure
 * element is what ends that, and is not built yet.
 */
public final class DeviceStore {
  private static final int SECRET_SIZE = 32;
  private static final int KEY_FILE_MAX = 4096;
  private static final JsonProfile PROFILE = new JsonProfile(JsonProfile.Bounds.of(512 * 1024, 8));
  private static final String TOKEN_COMMAND =
      "'./telltale enroll-token create --device ID --out token.json' at the server";
  private static final String KEY_LABEL = "telltale device key v1";
  private static final String KEY = "device.key";
  private static final System.Logger LOG = System.getLogger(DeviceStore.class.getName());
  private static final String NEXT_KEY = "device.key.next";
  private static final Set<String> OURS =
      Set.of("machine.secret", KEY, "server.json", FolderLock.NAME);
  private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");
  private static final Bytes KEY_LABEL_BYTES = Bytes.utf8(KEY_LABEL);

  private final Path folder;
  private final SecureRandom random;

  public DeviceStore(Path folder, SecureRandom random) {
    this.folder = folder;
    this.random = random;
    try {
      OwnFolder.claim(folder, OURS, Set.of());
    } catch (IOException e) {
      throw new UnavailableException("making the device's folder " + folder, e);
    }
  }

  public Path folder() {
    return folder;
  }

  /** The key and chain of an enrolled device; empty before it has enrolled. */
  public Optional<Enrolled> enrolled() {
    Path keyFile = folder.resolve(KEY);
    Path chainFile = folder.resolve("device.crt.pem");
    boolean keyless = Files.notExists(keyFile) && Files.notExists(nextKey());
    if (keyless || Files.notExists(chainFile)) {
      return Optional.empty();
    }
    try {
      List<X509Certificate> chain =
          Pem.readCertificates(Files.readString(chainFile))
              .filter(found -> !found.isEmpty())
              .orElseThrow(() -> new CorruptException("the device's certificate is not PEM"));
      return Optional.of(new Enrolled(keyOf(chain.getFirst()), chain));
    } catch (IOException e) {
      throw new UnavailableException("reading the device's folder " + folder, e);
    }
  }

  private Path nextKey() {
    return folder.resolve(NEXT_KEY);
  }

  /** The key that the certificate is for: after a crash while one was kept it is the next one. */
  private PrivateKey keyOf(X509Certificate leaf) throws IOException {
    for (String name : List.of(KEY, NEXT_KEY)) {
      Path file = folder.resolve(name);
      Optional<PrivateKey> key =
          Files.notExists(file) ? Optional.empty() : openKey(Files.readAllBytes(file));
      if (key.isPresent() && belongs(key.get(), leaf)) {
        return key.get();
      }
    }
    throw new CorruptException(
        ("no key in %1$s opens and is that of its certificate: delete %1$s/device.crt.pem and"
                + " enroll again with a new token (%2$s)")
            .formatted(folder, TOKEN_COMMAND));
  }

  private static boolean belongs(PrivateKey key, X509Certificate leaf) {
    return EcdsaP256.verify(
        leaf.getPublicKey(), KEY_LABEL_BYTES, EcdsaP256.sign(key, KEY_LABEL_BYTES));
  }

  /** A device's key and its chain, leaf first. */
  public record Enrolled(PrivateKey key, List<X509Certificate> chain) {
    public Enrolled {
      chain = List.copyOf(chain);
    }

    /**
     * What it shows to, and expects of, a server by the id {@code serverId} under {@code trust}.
     */
    public TlsMaterial material(TrustedRoots trust, String serverId) {
      return new TlsMaterial(key, chain, trust, serverId);
    }

    @Override
    public String toString() {
      return "Enrolled[" + chain.getFirst().getSubjectX500Principal() + "]";
    }
  }

  /**
   * Who this device is and where its server is.
   *
   * @param spent hashes of the tokens that enrolled it here, latest last; 16 at most
   */
  public record Registered(DeviceId device, ServerAddress server, List<Hash> spent) {
    private static final int SPENT_MAX = 16;

    public Registered {
      spent = List.copyOf(spent.subList(Math.max(0, spent.size() - SPENT_MAX), spent.size()));
    }

    /** The same with a server known by {@code trust}. */
    Registered trusting(TrustedRoots trust) {
      return new Registered(device, server.trusting(trust), spent);
    }

    /** The same, and {@code token} has enrolled it too. */
    Registered with(Hash token) {
      return new Registered(
          device, server, Stream.concat(spent.stream(), Stream.of(token)).toList());
    }
  }

  /** Empty before {@link #remember}. */
  public Optional<Registered> registered() {
    Path file = folder.resolve("server.json");
    if (Files.notExists(file)) {
      return Optional.empty();
    }
    try {
      JsonNode json = PROFILE.parse(Bytes.adopt(Files.readAllBytes(file)));
      String name = json.path("device").asString("");
      return ServerAddress.of(json)
          .filter(_ -> DeviceId.valid(name))
          .map(
              server ->
                  new Registered(new DeviceId(server.id().tenant(), name), server, spent(json)));
    } catch (IOException e) {
      throw new UnavailableException("reading " + file, e);
    } catch (JacksonException e) {
      throw new CorruptException(
          "%s is not JSON: delete it and enroll again with a new token (%s)"
              .formatted(file, TOKEN_COMMAND));
    }
  }

  private static List<Hash> spent(JsonNode json) {
    return json.path("spentTokens").values().stream()
        .map(one -> one.asString(""))
        .filter(hex -> HASH.matcher(hex).matches())
        .map(Hash::ofHex)
        .toList();
  }

  /** Keeps what {@link #registered} answers. */
  public void remember(Registered registered) {
    var json = registered.server().json();
    json.put("device", registered.device().name());
    var spent = json.putArray("spentTokens");
    registered.spent().forEach(one -> spent.add(one.hex()));
    write("server.json", Bytes.utf8(json.toString()).borrow());
  }

  /** A new key pair, not stored until {@link #save}. */
  public KeyPair newKey() {
    return EcdsaP256.generate();
  }

  /**
   * Keeps a key and the certificate issued for it. The certificate is what decides: before it is
   * written the older pair holds, from then on this one.
   */
  public Enrolled save(KeyPair key, List<X509Certificate> chain) {
    if (PrivateFiles.mayExist(nextKey())) {
      finish();
    }
    write(NEXT_KEY, sealKey(key.getPrivate()));
    write("device.crt.pem", Bytes.utf8(Pem.certificates(chain)).borrow());
    try {
      PrivateFiles.move(nextKey(), folder.resolve(KEY));
    } catch (IOException e) {
      throw new UnavailableException("keeping the device's key in " + folder, e);
    }
    return new Enrolled(key.getPrivate(), chain);
  }

  // A crash may have left the key of the certificate there: it must not be overwritten.
  private void finish() {
    try {
      enrolled().ifPresent(pair -> write(KEY, sealKey(pair.key())));
    } catch (CorruptException e) {
      LOG.log(System.Logger.Level.DEBUG, "agent.key.none", e);
    }
  }

  /** What waits to be sent, {@code bytesMax} of it at most, sealed under a key of this device. */
  public FileQueue queue(long bytesMax, Entropy entropy) {
    try (SecretBytes key = derived("telltale device queue v1")) {
      return FileQueue.open(new FileQueue.Settings(folder, bytesMax), key, entropy);
    }
  }

  /** What the server refused for good, oldest first; changes nothing. */
  List<SetAside.Refused> aside(Entropy entropy) {
    try (SecretBytes key = derived("telltale device queue v1")) {
      return SetAside.list(folder.resolve("aside"), new SealedFrames(AesKey.of(key), entropy));
    } catch (IOException e) {
      throw new UnavailableException("reading what was set aside in " + folder, e);
    }
  }

  private byte[] sealKey(PrivateKey key) {
    byte[] nonce = new byte[AesGcm.NONCE_SIZE];
    random.nextBytes(nonce);
    byte[] plain = key.getEncoded();
    try (SecretBytes secret = derived(KEY_LABEL)) {
      byte[] sealed = new AesGcm().seal(AesKey.of(secret), nonce, KEY_LABEL_BYTES.borrow(), plain);
      return ByteBuffer.allocate(nonce.length + sealed.length).put(nonce).put(sealed).array();
    } finally {
      Arrays.fill(plain, (byte) 0);
    }
  }

  private Optional<PrivateKey> openKey(byte[] file) {
    if (file.length < AesGcm.NONCE_SIZE + AesGcm.TAG_SIZE || file.length > KEY_FILE_MAX) {
      return Optional.empty();
    }
    byte[] nonce = Arrays.copyOf(file, AesGcm.NONCE_SIZE);
    byte[] sealed = Arrays.copyOfRange(file, AesGcm.NONCE_SIZE, file.length);
    try (SecretBytes secret = derived(KEY_LABEL)) {
      return new AesGcm()
          .open(AesKey.of(secret), nonce, KEY_LABEL_BYTES.borrow(), sealed)
          .map(SecretBytes::adopt)
          .flatMap(
              plain -> {
                try (plain) {
                  return EcdsaP256.privateKey(plain);
                }
              });
    }
  }

  // The secret is as random as a key, so nothing is gained by making its use slow.
  private SecretBytes derived(String label) {
    try (SecretBytes secret = SecretBytes.adopt(machineSecret())) {
      return Hkdf.derive(secret, Bytes.EMPTY, Bytes.utf8(label), SECRET_SIZE);
    }
  }

  private byte[] machineSecret() {
    Path file = folder.resolve("machine.secret");
    try {
      if (Files.notExists(file)) {
        byte[] secret = new byte[SECRET_SIZE];
        random.nextBytes(secret);
        write("machine.secret", secret);
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UnavailableException("reading the machine's secret in " + folder, e);
    }
  }

  private void write(String name, byte[] content) {
    Path file = folder.resolve(name);
    try {
      PrivateFiles.write(file, Bytes.adopt(content));
    } catch (IOException e) {
      throw new UnavailableException("writing " + file, e);
    }
  }
}
