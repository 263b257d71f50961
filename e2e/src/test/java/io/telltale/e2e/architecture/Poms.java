package io.telltale.e2e.architecture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** What the modules' poms say about each other. */
final class Poms {
  private Poms() {}

  /** The modules that the pom in {@code module} names outside test scope. */
  static Set<String> arrowsOf(Path module) throws IOException {
    Set<String> arrows = new TreeSet<>();
    NodeList dependencies = parse(module.resolve("pom.xml")).getElementsByTagName("dependency");
    for (int i = 0; i < dependencies.getLength(); i++) {
      Element dependency = (Element) dependencies.item(i);
      if (text(dependency, "groupId").equals("io.telltale")
          && !text(dependency, "scope").equals("test")) {
        arrows.add(text(dependency, "artifactId").replaceFirst("^telltale-", ""));
      }
    }
    return arrows;
  }

  private static Element parse(Path pom) throws IOException {
    try (var in = Files.newInputStream(pom)) {
      return DocumentBuilderFactory.newDefaultInstance()
          .newDocumentBuilder()
          .parse(in)
          .getDocumentElement();
    } catch (ParserConfigurationException | SAXException e) {
      throw new IllegalStateException("parsing " + pom, e);
    }
  }

  private static String text(Element parent, String name) {
    NodeList found = parent.getElementsByTagName(name);
    return found.getLength() == 0 ? "" : found.item(0).getTextContent();
  }
}
