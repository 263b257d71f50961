package io.telltale.proof;

import io.telltale.crypto.Cbor;
import io.telltale.crypto.CborReader;
import io.telltale.crypto.CborWriter;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Event;
import io.telltale.kernel.TenantId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a leaf commits to ({@code docs/format/ledger.md}).
 *
 * @param source the outbox it came from, or {@link #DIRECT}
 * @param number its number there; 0 for a direct one
 */
public record EventBody(
    String source,
    long number,
    TenantId tenant,
    String actor,
    String subject,
    SortedMap<String, String> details) {
  /** The source of an event that was recorded without a database of its own. */
  public static final String DIRECT = "direct";

  static final int BYTES_MAX = 256 * 1024;
  private static final int VERSION = 1;
  private static final int DETAILS_MAX = 256;

  // RFC 8949 section 4.2.1 sorts keys by their encoding, which starts with the length.
  private static final Comparator<String> ENCODED_ORDER =
      Comparator.<String, Integer>comparing(key -> Bytes.utf8(key).size())
          .thenComparing(Bytes::utf8);

  public EventBody {
    details = Collections.unmodifiableSortedMap(new TreeMap<>(details));
  }

  public static EventBody of(String source, long number, Event event) {
    return new EventBody(
        source, number, event.tenant(), event.actor(), event.subject(), event.details());
  }

  public Event event(LedgerLeaf leaf) {
    return new Event(leaf.type(), leaf.time(), tenant, actor, subject, details);
  }

  /** Throws {@link IllegalArgumentException} when the event is bigger than any event should be. */
  public Bytes encode() {
    var out = new CborWriter(256).map(7).integer(0).integer(VERSION);
    out.integer(1).text(source).integer(2).integer(number).integer(3).text(tenant.name());
    out.integer(4).text(actor).integer(5).text(subject).integer(6).map(details.size());
    List<String> keys = new ArrayList<>(details.keySet());
    keys.sort(ENCODED_ORDER);
    for (String key : keys) {
      out.text(key).text(details.getOrDefault(key, ""));
    }
    Bytes body = out.toBytes();
    if (body.size() > BYTES_MAX || details.size() > DETAILS_MAX) {
      throw new IllegalArgumentException("an event body of " + body.size() + " bytes");
    }
    return body;
  }

  public static Optional<EventBody> parse(Bytes body) {
    if (body.size() > BYTES_MAX) {
      return Optional.empty();
    }
    return Cbor.decode(
        body,
        in -> {
          in.map(7);
          in.key(0);
          in.integer(VERSION, VERSION);
          in.key(1);
          String source = in.text();
          in.key(2);
          long number = in.integer(0, Long.MAX_VALUE);
          in.key(3);
          TenantId tenant = new TenantId(in.text());
          in.key(4);
          String actor = in.text();
          in.key(5);
          String subject = in.text();
          in.key(6);
          return new EventBody(source, number, tenant, actor, subject, parseDetails(in));
        });
  }

  private static SortedMap<String, String> parseDetails(CborReader in) {
    int count = in.map();
    in.require(count <= DETAILS_MAX);
    var details = new TreeMap<String, String>();
    String previous = "";
    for (int i = 0; i < count; i++) {
      String key = in.text();
      in.require(i == 0 || ENCODED_ORDER.compare(previous, key) < 0);
      details.put(key, in.text());
      previous = key;
    }
    return details;
  }
}
