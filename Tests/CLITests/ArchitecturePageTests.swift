import Foundation
import Support
import Testing

/// What docs/architecture.md names exists.
///
/// `scripts/check` compares its drawing of the targets with the package.
@Suite struct ArchitecturePageTests {
  private let page = "docs/architecture.md"

  private func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: Repository.path(path))
  }

  /// Every word in backticks that looks like a path: words with slashes between them, or a page.
  @Test func pathsExist() throws {
    let text = try Repository.text(page)
    let paths = text.matches(of: /`([\w+.-]+(?:\/[\w+.-]+)+|[\w-]+\.(?:md|swift))`/).map { String($0.1) }
    #expect(paths.count > 100)
    for path in Set(paths).sorted() { #expect(exists(path), "\(path)") }
  }

  /// Rows of the walks: what happens, a symbol, and the file that declares it.
  @Test func symbolsAreWhereTheWalksSay() throws {
    let text = try Repository.text(page)
    let rows = text.matches(of: #/(?m)^\| [^|]+ \| `([\w.]+)` \| `([^`]+)` \|$/#)
    #expect(rows.count > 40)
    for row in rows {
      let (symbol, file) = (String(row.1), String(row.2))
      let name = symbol.split(separator: ".").last.map(String.init) ?? symbol
      let source = try Repository.text(file)
      #expect(source.contains(try Regex("\\b\(name)\\b")), "\(symbol) is not in \(file)")
    }
  }

  /// The table of layers has every target that contains code.
  @Test func everyTargetIsExplained() throws {
    let text = try Repository.text(page)
    let layers = try #require(text.components(separatedBy: "What the layers are for:").last)
      .components(separatedBy: "\n## ")[0]
    for target in try FileManager.default.contentsOfDirectory(atPath: Repository.path("Sources")) {
      let files = try FileManager.default.contentsOfDirectory(atPath: Repository.path("Sources/\(target)"))
      if files.contains("module.modulemap") { continue }  // a library of the system
      let word = try Regex("\\b\(target)\\b")
      #expect(layers.contains(word), "\(target)")
    }
  }

  /// Links to files lead somewhere.
  @Test(arguments: ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/architecture.md"])
  func linksLeadSomewhere(page: String) throws {
    let folder = (page as NSString).deletingLastPathComponent
    let links = try Repository.text(page).matches(of: /\]\(([^)#:]+)\)/).map { String($0.1) }
    #expect(!links.isEmpty)
    for link in links { #expect(exists(folder + "/" + link), "\(link)") }
  }
}
