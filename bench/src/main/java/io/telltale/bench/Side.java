package io.telltale.bench;

import java.util.List;

/** A broker of a comparison and the clients that may connect to it. */
record Side(Broker broker, List<LoadClient> clients) {
  static Side of(Broker broker, int clients) {
    return new Side(broker, List.copyOf(broker.clients(clients)));
  }
}
