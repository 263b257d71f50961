package io.telltale.registry;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.SpiffeId;
import io.telltale.registry.CertificateQuery.Standing;
import io.telltale.roster.CredentialRecord;
import java.util.List;
import java.util.OptionalLong;

/**
 * Certificates, the newest first. It may be short or empty and have others behind it: boundedly
 * many are looked at.
 *
 * @param next what the query for those has as {@code before}; empty behind the last
 */
public record CertificatePage(List<Line> lines, OptionalLong next) {
  public CertificatePage {
    lines = List.copyOf(lines);
  }

  /**
   * One.
   *
   * @param number they are counted in the order in which they were issued
   * @param der empty unless asked for
   */
  public record Line(
      long number, SpiffeId owner, CredentialRecord record, Standing standing, Bytes der) {}
}
