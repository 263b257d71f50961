package io.telltale.lake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalObjectsTest {
  @TempDir Path folder;

  // Each try has names of its own: what all tries left would take a full disk's last room.
  @Test
  void a_write_that_fails_leaves_nothing_unfinished() throws IOException {
    Objects objects = Objects.local(folder);
    Files.createDirectories(folder.resolve("data/00ff/taken"));
    var both = new LinkedHashMap<String, ByteBuffer>();
    both.put("data/00ff", ByteBuffer.wrap(new byte[100]));
    both.put("data/00fe", ByteBuffer.wrap(new byte[100]));
    assertThatThrownBy(() -> objects.putAll(both)).isInstanceOf(UnavailableException.class);
    try (Stream<Path> files = Files.walk(folder)) {
      assertThat(files.filter(file -> file.toString().endsWith(".part"))).isEmpty();
    }
  }
}
