package io.telltale.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.kernel.Bytes;
import io.telltale.leases.KeyState;
import java.util.HashSet;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** What every backend must do (KM-7): a test class implements this with its own backend. */
@NullMarked
interface KeyBackendContract {
  Bytes CONTEXT = Bytes.utf8("context");

  /** A backend with nothing in it, or with keys of other names only. */
  KeyBackend backend();

  /** The same backend after its process died. */
  KeyBackend reopened();

  private static SecretBytes secret() {
    return Entropy.system().secret(32);
  }

  private static KeyBackend.Wrapped.Done wrap(KeyBackend backend, String key, SecretBytes secret) {
    return (KeyBackend.Wrapped.Done) backend.wrap(key, CONTEXT, secret);
  }

  @Test
  default void unwraps_what_it_wrapped() {
    KeyBackend backend = backend();
    SecretBytes secret = secret();
    assertThat(backend.create("one")).isEqualTo(1);
    KeyBackend.Wrapped.Done wrapped = wrap(backend, "one", secret);
    assertThat(backend.unwrap("one", wrapped.version(), CONTEXT, wrapped.blob()))
        .isEqualTo(new KeyBackend.Unwrapped.Done(secret));
  }

  @Test
  default void unwraps_after_a_restart() {
    SecretBytes secret = secret();
    KeyBackend backend = backend();
    backend.create("one");
    KeyBackend.Wrapped.Done wrapped = wrap(backend, "one", secret);
    assertThat(reopened().unwrap("one", 1, CONTEXT, wrapped.blob()))
        .isEqualTo(new KeyBackend.Unwrapped.Done(secret));
  }

  @Test
  default void unwraps_under_no_other_context_key_version_or_blob() {
    KeyBackend backend = backend();
    backend.create("one");
    backend.create("two");
    KeyBackend.Wrapped.Done wrapped = wrap(backend, "one", secret());
    var no = new KeyBackend.Unwrapped.Undecryptable();
    assertThat(backend.unwrap("one", 1, Bytes.utf8("other"), wrapped.blob())).isEqualTo(no);
    assertThat(backend.unwrap("two", 1, CONTEXT, wrapped.blob())).isEqualTo(no);
    backend.create("one");
    assertThat(backend.unwrap("one", 2, CONTEXT, wrapped.blob())).isEqualTo(no);
    assertThat(backend.unwrap("one", 1, CONTEXT, Bytes.EMPTY)).isEqualTo(no);
    byte[] altered = wrapped.blob().toArray();
    altered[altered.length - 1] ^= 1;
    assertThat(backend.unwrap("one", 1, CONTEXT, Bytes.adopt(altered))).isEqualTo(no);
  }

  @Test
  default void a_new_version_wraps_and_the_old_one_still_unwraps() {
    KeyBackend backend = backend();
    SecretBytes secret = secret();
    backend.create("one");
    KeyBackend.Wrapped.Done old = wrap(backend, "one", secret);
    assertThat(backend.create("one")).isEqualTo(2);
    assertThat(wrap(backend, "one", secret).version()).isEqualTo(2);
    assertThat(backend.unwrap("one", 1, CONTEXT, old.blob()))
        .isEqualTo(new KeyBackend.Unwrapped.Done(secret));
  }

  // KM-5
  @Test
  default void a_disabled_version_does_nothing_until_it_is_enabled() {
    KeyBackend backend = backend();
    SecretBytes secret = secret();
    backend.create("one");
    KeyBackend.Wrapped.Done wrapped = wrap(backend, "one", secret);
    for (KeyState state : new KeyState[] {KeyState.DISABLED, KeyState.PENDING_DESTRUCTION}) {
      backend.setState("one", 1, state);
      assertThat(backend.wrap("one", CONTEXT, secret))
          .isEqualTo(new KeyBackend.Wrapped.Refused(state));
      assertThat(backend.unwrap("one", 1, CONTEXT, wrapped.blob()))
          .isEqualTo(new KeyBackend.Unwrapped.Refused(state));
    }
    backend.setState("one", 1, KeyState.ENABLED);
    assertThat(backend.unwrap("one", 1, CONTEXT, wrapped.blob()))
        .isEqualTo(new KeyBackend.Unwrapped.Done(secret));
  }

  // KM-6
  @Test
  default void a_destroyed_version_never_comes_back() {
    KeyBackend backend = backend();
    backend.create("one");
    KeyBackend.Wrapped.Done wrapped = wrap(backend, "one", secret());
    backend.setState("one", 1, KeyState.DESTROYED);
    assertThatThrownBy(() -> backend.setState("one", 1, KeyState.ENABLED))
        .isInstanceOf(IllegalStateException.class);
    assertThat(reopened().unwrap("one", 1, CONTEXT, wrapped.blob()))
        .isEqualTo(new KeyBackend.Unwrapped.Refused(KeyState.DESTROYED));
  }

  @Test
  default void an_unknown_key_is_as_good_as_destroyed() {
    KeyBackend backend = backend();
    assertThat(backend.versions("none")).isEmpty();
    assertThat(backend.wrap("none", CONTEXT, secret()))
        .isEqualTo(new KeyBackend.Wrapped.Refused(KeyState.DESTROYED));
    assertThat(backend.unwrap("none", 1, CONTEXT, Bytes.EMPTY))
        .isEqualTo(new KeyBackend.Unwrapped.Refused(KeyState.DESTROYED));
  }

  @Test
  default void wrapping_twice_gives_two_blobs() {
    KeyBackend backend = backend();
    SecretBytes secret = secret();
    backend.create("one");
    var blobs = new HashSet<Bytes>();
    for (int i = 0; i < 20; i++) {
      assertThat(blobs.add(wrap(backend, "one", secret).blob())).isTrue();
    }
  }
}
