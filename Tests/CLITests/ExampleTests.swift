import Foundation
import Support
import Testing

/// The example package: its source as it is built beside the tests, and the package as its users build it.
@Suite struct ExampleTests {
  private let image = "Models/Samples/t-shirt.png"

  @Test func theExamplePrintsWhatInferPrints() throws {
    let example = try CommandRun.shell("ClassifyImage \(image)")
    #expect(example.status == 0, "\(example.errors)")
    let infer = try CommandRun.cnnzoo("infer", "lenet5", image, "--format", "csv")
    let expected = infer.output.split(separator: "\n").dropFirst().map { line in
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      return "\(fields[8]) \(fields[7])"
    }
    #expect(expected.count == 5)
    #expect(example.output.split(separator: "\n").map(String.init) == expected)
  }

  /// Builds the example against a tagged clone of this repository, which takes minutes.
  ///
  /// SwiftPM takes a versioned dependency only if its targets have no unsafe flags.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["CNNZOO_LONG"] != nil))
  func anotherPackageDependsOnAVersion() throws {
    let folder = try TemporaryFolder()
    let (clone, example) = (folder.path("cnnzoo"), folder.path("example"))
    let environment = ProcessInfo.processInfo.environment
    let tools = "PATH='\(environment["PATH"] ?? "")' HOME='\(environment["HOME"] ?? "")'"
    func shell(_ line: String) throws {
      let run = try CommandRun.shell("export \(tools); \(line)")
      try #require(run.status == 0, "\(line): \(run.output)\(run.errors)")
    }
    try shell("git clone -q --no-hardlinks . '\(clone)' && git -C '\(clone)' tag 99.0.0")
    try shell("cp -r Examples/ClassifyImage '\(example)' && rm -rf '\(example)/.build'")
    let manifest = try String(contentsOfFile: example + "/Package.swift", encoding: .utf8)
    let byPath = ".package(name: \"cnnzoo\", path: \"../..\")"
    #expect(manifest.contains(byPath))
    try folder.write(
      manifest.replacing(byPath, with: ".package(url: \"file://\(clone)\", exact: \"99.0.0\")"),
      to: "example/Package.swift")
    try shell("swift build --package-path '\(example)'")
    let run = try CommandRun.shell("'\(example)/.build/debug/ClassifyImage' \(image)")
    #expect(run.status == 0 && run.output.hasSuffix(" Dress\n"), "\(run.output)\(run.errors)")
  }
}
