import Foundation
import FuzzTargets
import Support
import Testing

/// Every input in `Tests/Fuzz/Corpus`: what crashed a parser once, and what reaches far into one.
@Suite struct CorpusTests {
  private static let corpus = Repository.path("Tests/Fuzz/Corpus")

  @Test(arguments: FuzzTarget.all.map(\.name)) func replay(target name: String) throws {
    let target = try #require(FuzzTarget.named(name))
    let files = try FileManager.default.contentsOfDirectory(atPath: "\(Self.corpus)/\(name)").sorted()
    #expect(!files.isEmpty)
    for file in files {
      let bytes = try Data(contentsOf: URL(filePath: "\(Self.corpus)/\(name)/\(file)"))
      #expect(bytes.count <= target.longest, "\(file) is longer than the fuzzer tries")
      target.run(Array(bytes))
    }
  }

  @Test func everyFolderHasATarget() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: Self.corpus)
    #expect(Set(folders) == Set(FuzzTarget.all.map(\.name)))
  }
}
