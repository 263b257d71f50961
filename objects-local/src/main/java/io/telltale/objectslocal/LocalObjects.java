package io.telltale.objectslocal;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.PrivateFiles;
import io.telltale.kernel.UnavailableException;
import io.telltale.objects.ObjectStore;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Objects as files: written beside their place, synced, then moved there. */
public final class LocalObjects implements ObjectStore {
  private static final Pattern NAME = Pattern.compile("[a-z0-9-]+(/[a-z0-9-]+)*(\\.[a-z0-9]+)*");
  private static final Logger LOG = System.getLogger(LocalObjects.class.getName());
  private static final String UNFINISHED = ".part";

  private final Path root;
  private final Predicate<String> holdsOurs;

  /** Objects below {@code root}, which is made if missing; whatever lies there may be one. */
  public LocalObjects(Path root) {
    this(root, _ -> true);
  }

  /**
   * Objects below {@code root}, which is made if missing.
   *
   * @param holdsOurs whether objects may lie in the folder of that name, should it be one
   */
  public LocalObjects(Path root, Predicate<String> holdsOurs) {
    this.root = root;
    this.holdsOurs = holdsOurs;
    makeFolder(root);
  }

  @Override
  public void put(String name, ByteBuffer content) {
    putAll(Map.of(name, content));
  }

  // All are written before the first is synced: a file system that journals syncs them together.
  @Override
  public void putAll(Map<String, ByteBuffer> objects) {
    var open = new ArrayList<FileChannel>();
    try {
      for (Map.Entry<String, ByteBuffer> object : objects.entrySet()) {
        FileChannel channel = create(unfinished(locate(object.getKey())));
        open.add(channel);
        ByteBuffer rest = object.getValue().duplicate();
        while (rest.hasRemaining()) {
          channel.write(rest);
        }
      }
      for (FileChannel channel : open) {
        channel.force(false);
      }
      var folders = new TreeSet<Path>();
      for (String name : objects.keySet()) {
        Path file = locate(name);
        Files.move(unfinished(file), file, StandardCopyOption.ATOMIC_MOVE);
        folders.add(folder(file));
      }
      // A rename is durable only once its folder is.
      for (Path folder : folders) {
        PrivateFiles.sync(folder);
      }
    } catch (IOException e) {
      objects.keySet().forEach(this::discard);
      throw new UnavailableException("storing " + objects.size() + " objects", e);
    } finally {
      open.forEach(LocalObjects::close);
    }
  }

  // Each try has names of its own: on a full disk those of before would take the last room.
  private void discard(String name) {
    try {
      Files.deleteIfExists(unfinished(locate(name)));
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "object.unfinished left={0}", name);
    }
  }

  private static FileChannel create(Path file) throws IOException {
    makeFolder(folder(file));
    return PrivateFiles.open(
        file,
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE);
  }

  private static void close(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UnavailableException("closing a stored object", e);
    }
  }

  private static Path folder(Path file) {
    return java.util.Objects.requireNonNull(file.getParent());
  }

  private static Path unfinished(Path file) {
    return file.resolveSibling(file.getFileName() + UNFINISHED);
  }

  @Override
  public Optional<Bytes> get(String name) {
    try {
      return Optional.of(Bytes.adopt(Files.readAllBytes(locate(name))));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UnavailableException("reading the object " + name, e);
    }
  }

  @Override
  public boolean exists(String name) {
    try {
      return PrivateFiles.exists(locate(name));
    } catch (IOException e) {
      throw new UnavailableException("looking for the object " + name, e);
    }
  }

  @Override
  public void delete(String name) {
    Path file = locate(name);
    try {
      if (Files.isSymbolicLink(file)) {
        deleteMoved(file);
      }
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UnavailableException("deleting the object " + name, e);
    }
  }

  // Of another name it is not the object: whoever may put a link here could aim at any file.
  private static void deleteMoved(Path link) throws IOException {
    try {
      Path moved = link.toRealPath();
      if (moved.endsWith(link.getFileName())) {
        Files.deleteIfExists(moved);
      }
    } catch (NoSuchFileException e) {
      // Gone, unless its disk is away: then the link is all that tells where it is.
      Path target = link.resolveSibling(Files.readSymbolicLink(link));
      if (Files.notExists(folder(target))) {
        throw e;
      }
    }
  }

  @Override
  public void list(String prefix, Consumer<String> each) {
    Path start = locate(prefix);
    try {
      // A folder may have been moved to another disk, too; where that is away, nothing is known.
      Path real = Files.isSymbolicLink(start) ? start.toRealPath() : start;
      Files.walkFileTree(real, new Listing(prefix, real, each));
    } catch (IOException e) {
      throw new UnavailableException("listing objects below " + prefix, e);
    }
  }

  /**
   * Names what is there; what is deleted meanwhile is not. What cannot be looked into is named
   * itself where no others can be in it: neither one bad file nor somebody else's folder hides the
   * rest.
   */
  private final class Listing extends SimpleFileVisitor<Path> {
    private final String prefix;
    private final Path start;
    private final Consumer<String> each;

    Listing(String prefix, Path start, Consumer<String> each) {
      this.prefix = prefix;
      this.start = start;
      this.each = each;
    }

    private String nameOf(Path file) {
      return Path.of(prefix).resolve(start.relativize(file)).toString();
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes facts) {
      // An object may have been moved to another disk, and a link left in its place.
      if (facts.isRegularFile() || facts.isSymbolicLink()) {
        each.accept(nameOf(file));
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException why) throws IOException {
      if (why instanceof NoSuchFileException) {
        return FileVisitResult.CONTINUE;
      }
      String name = nameOf(file);
      if (file.equals(start) || holdsOurs.test(name)) {
        throw why;
      }
      each.accept(name);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException why)
        throws IOException {
      return why == null ? FileVisitResult.CONTINUE : visitFileFailed(folder, why);
    }
  }

  @Override
  public String finished(String name) {
    return name.endsWith(UNFINISHED)
        ? name.substring(0, name.length() - UNFINISHED.length())
        : name;
  }

  // Names come back out of listings too.
  private Path locate(String name) {
    if (!NAME.matcher(finished(name)).matches()) {
      throw new IllegalArgumentException("not an object's name");
    }
    return root.resolve(name);
  }

  private static void makeFolder(Path folder) {
    try {
      PrivateFiles.folder(folder);
    } catch (IOException e) {
      throw new UnavailableException("making the folder " + folder, e);
    }
  }
}
