package io.telltale.objectslocal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.kernel.UnavailableException;
import io.telltale.objects.ObjectStore;
import io.telltale.testkit.BuriedFolder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalObjectsTest {
  @TempDir Path folder;

  // Each try has names of its own: what all tries left would take a full disk's last room.
  @Test
  void a_write_that_fails_leaves_nothing_unfinished() throws IOException {
    ObjectStore objects = new LocalObjects(folder);
    Files.createDirectories(folder.resolve("data/00ff/taken"));
    var both = new LinkedHashMap<String, ByteBuffer>();
    both.put("data/00ff", ByteBuffer.wrap(new byte[100]));
    both.put("data/00fe", ByteBuffer.wrap(new byte[100]));
    assertThatThrownBy(() -> objects.putAll(both)).isInstanceOf(UnavailableException.class);
    try (Stream<Path> files = Files.walk(folder)) {
      assertThat(files.filter(file -> file.toString().endsWith(".part"))).isEmpty();
    }
  }

  // The scrub lists while the sweeper deletes.
  @Test
  void what_is_deleted_while_it_is_listed_ends_no_listing() throws IOException {
    ObjectStore objects = new LocalObjects(folder);
    for (int i = 0; i < 20; i++) {
      objects.put("data/%02d".formatted(i), ByteBuffer.wrap(new byte[1]));
    }
    var listed = new ArrayList<String>();
    objects.list(
        "data",
        name -> {
          listed.add(name);
          for (int i = 0; i < 20; i++) {
            objects.delete("data/%02d".formatted(i));
          }
        });
    assertThat(listed).hasSize(1);
  }

  // What cannot be looked at is passed over only where nothing of ours can be.
  @Test
  void no_listing_passes_over_what_may_be_ours() throws IOException {
    Path objects = folder.resolve("objects");
    Files.createDirectories(objects.resolve("meta/" + "0".repeat(32)));
    Files.createFile(Files.createDirectories(objects.resolve("data")).resolve("0".repeat(32)));
    try (var buried = new BuriedFolder(objects, folder.resolve("deep"))) {
      for (String prefix : List.of("meta", "data")) {
        assertThatThrownBy(() -> new LocalObjects(buried.place()).list(prefix, _ -> {}))
            .isInstanceOf(UnavailableException.class)
            .hasMessageContaining(prefix);
      }
    }
  }

  @Test
  void only_what_is_not_there_does_not_exist() throws IOException {
    ObjectStore objects = new LocalObjects(folder);
    objects.put("data/00", ByteBuffer.wrap(new byte[1]));
    Files.createSymbolicLink(folder.resolve("data/01"), folder.resolve("data/01"));
    assertThat(objects.exists("data/00")).isTrue();
    assertThat(objects.exists("data/02")).isFalse();
    assertThatThrownBy(() -> objects.exists("data/01")).isInstanceOf(UnavailableException.class);
  }

  private static List<String> names(ObjectStore objects, String prefix) {
    var names = new ArrayList<String>();
    objects.list(prefix, names::add);
    return names.stream().sorted().toList();
  }

  @Test
  void a_folder_moved_to_another_disk_is_listed_through_its_link() throws IOException {
    ObjectStore objects = new LocalObjects(folder.resolve("objects"));
    objects.put("data/00", ByteBuffer.wrap(new byte[1]));
    Path link = folder.resolve("objects/data");
    Files.move(link, folder.resolve("elsewhere"));
    Files.createSymbolicLink(link, folder.resolve("elsewhere"));
    objects.put("data/01", ByteBuffer.wrap(new byte[1]));
    assertThat(names(objects, "data")).containsExactly("data/00", "data/01");
    objects.delete("data/00");
    assertThat(folder.resolve("elsewhere/00")).doesNotExist();
    Files.move(folder.resolve("elsewhere"), folder.resolve("away"));
    assertThatThrownBy(() -> names(objects, "data")).isInstanceOf(UnavailableException.class);
  }

  @Test
  void a_moved_object_goes_with_its_link_and_nothing_else_that_a_link_leads_to()
      throws IOException {
    ObjectStore objects = new LocalObjects(folder.resolve("objects"));
    Path away = Files.createDirectories(folder.resolve("away"));
    for (String target : List.of("00", "passphrase")) {
      objects.put("data/00", ByteBuffer.wrap(new byte[1]));
      Path object = folder.resolve("objects/data/00");
      Path moved = Files.move(object, away.resolve(target));
      Files.createSymbolicLink(object, moved);
      objects.delete("data/00");
      assertThat(object).doesNotExist();
    }
    Path lost = folder.resolve("objects/data/02");
    Files.createSymbolicLink(lost, away.resolve("02"));
    objects.delete("data/02");
    Files.createSymbolicLink(lost, folder.resolve("unmounted/02"));
    assertThatThrownBy(() -> objects.delete("data/02")).isInstanceOf(UnavailableException.class);
    assertThat(Files.isSymbolicLink(lost)).isTrue();
    Files.createDirectory(folder.resolve("unmounted"));
    objects.delete("data/02");
    assertThat(names(objects, "data")).isEmpty();
    assertThat(away).isDirectoryContaining("glob:**passphrase");
    assertThat(away.resolve("00")).doesNotExist();
  }
}
