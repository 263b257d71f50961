package io.telltale.identity;

import io.telltale.crypto.x509.SubjectName;
import io.telltale.crypto.x509.Usage;
import io.telltale.kernel.SpiffeId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What a certificate of one kind may say: nothing in it comes from the request but the key.
 *
 * @param id the one URI name
 * @param hosts DNS names and addresses that a service answers under
 * @param usages extended key usages
 * @param validity how long it is good
 */
public record Profile(SpiffeId id, List<SubjectName> hosts, Set<Usage> usages, Duration validity) {
  /** How long a device's certificate lasts, and the longest that it may. */
  public static final Duration DEVICE_VALIDITY = Duration.ofDays(30);

  private static final Duration SERVICE_VALIDITY = Duration.ofDays(90);
  private static final Duration PERSON_VALIDITY = Duration.ofDays(90);
  // Nobody asks whether it is still good, so that it is good for as short as is convenient.
  private static final Duration OCSP_SIGNER_VALIDITY = Duration.ofDays(21);

  public Profile {
    hosts = List.copyOf(hosts);
    usages = Set.copyOf(usages);
    if (!validity.isPositive() || validity.compareTo(ceiling(id.kind())) > 0) {
      throw new IllegalArgumentException(
          "validity must be positive and at most " + ceiling(id.kind()));
    }
    boolean service = id.kind() == SpiffeId.Kind.SERVICE;
    if (usages.contains(Usage.OCSP_SIGNING) && (usages.size() > 1 || !hosts.isEmpty())) {
      throw new IllegalArgumentException("who signs OCSP answers does nothing else");
    }
    if (!service && (!hosts.isEmpty() || !usages.equals(Set.of(Usage.CLIENT)))) {
      throw new IllegalArgumentException("only services answer under host names");
    }
  }

  /** A device or gateway: client only. */
  public static Profile device(SpiffeId id, Duration validity) {
    require(id.kind() == SpiffeId.Kind.DEVICE || id.kind() == SpiffeId.Kind.GATEWAY);
    return new Profile(id, List.of(), Set.of(Usage.CLIENT), validity);
  }

  /** One of our own services: server and client. */
  public static Profile service(SpiffeId id, List<SubjectName> hosts) {
    require(id.kind() == SpiffeId.Kind.SERVICE);
    return new Profile(id, hosts, Set.of(Usage.SERVER, Usage.CLIENT), SERVICE_VALIDITY);
  }

  /** Who signs OCSP answers in the issuing CA's place, and does nothing else. */
  public static Profile ocspSigner(SpiffeId id) {
    require(id.kind() == SpiffeId.Kind.SERVICE);
    return new Profile(id, List.of(), Set.of(Usage.OCSP_SIGNING), OCSP_SIGNER_VALIDITY);
  }

  /** A person: client only. */
  public static Profile person(SpiffeId id) {
    require(id.kind() == SpiffeId.Kind.PERSON);
    return new Profile(id, List.of(), Set.of(Usage.CLIENT), PERSON_VALIDITY);
  }

  /** All names, the SPIFFE id first. */
  List<SubjectName> names() {
    var names = new ArrayList<SubjectName>();
    names.add(SubjectName.uri(id.uri()));
    names.addAll(hosts);
    return names;
  }

  private static Duration ceiling(SpiffeId.Kind kind) {
    return switch (kind) {
      case DEVICE, GATEWAY -> DEVICE_VALIDITY;
      case SERVICE -> SERVICE_VALIDITY;
      case PERSON -> PERSON_VALIDITY;
    };
  }

  private static void require(boolean right) {
    if (!right) {
      throw new IllegalArgumentException("the profile is for another kind of principal");
    }
  }
}
