package io.telltale.kernel;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;

/**
 * Whose share a peer uses up before it has shown who it is: its IPv4 address, or the /64 of its
 * IPv6 address, since whoever has one address of a /64 has them all.
 *
 * @param text for keys and logs
 */
public record SourceBlock(String text) {
  private static final int PREFIX_BYTES = 8;

  public static SourceBlock of(InetAddress address) {
    if (!(address instanceof Inet6Address)) {
      return new SourceBlock(address.getHostAddress());
    }
    byte[] bytes = address.getAddress();
    Arrays.fill(bytes, PREFIX_BYTES, bytes.length, (byte) 0);
    var text = new StringBuilder();
    for (int i = 0; i < PREFIX_BYTES; i += 2) {
      text.append(
              Integer.toHexString(
                  Byte.toUnsignedInt(bytes[i]) * 256 + Byte.toUnsignedInt(bytes[i + 1])))
          .append(':');
    }
    return new SourceBlock(text.append(":/64").toString());
  }

  /** Of a literal address; anything else is a block of its own. */
  public static SourceBlock parse(String literal) {
    try {
      return of(InetAddress.ofLiteral(literal));
    } catch (IllegalArgumentException e) {
      return new SourceBlock(literal);
    }
  }
}
