package io.telltale.bench;

import io.netty.handler.ssl.SslContext;

/** One publisher: who it is, how it authenticates and where it publishes. */
record LoadClient(String id, SslContext tls, String topic) {}
