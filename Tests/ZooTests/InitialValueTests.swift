import Files
import Foundation
import GraphIR
import Recipes
import Support
import TensorCore
import Testing
import Training
import Zoo

/// The values that networks start from, against digests of earlier ones: the same seed gives the same training run,
/// whatever becomes of the code.
struct InitialValueTests {
  private static let file = URL(filePath: #filePath)
    .appending(path: "../../Fixtures/initial_values.json").standardized

  /// A digest for each network, of the first values of each tensor for seed 1.
  private static func recorded() throws -> [String: String] {
    try JSONDecoder().decode([String: String].self, from: Data(contentsOf: file))
  }

  /// The first 64 values of every tensor, in order of the tensors.
  private func digest(of entry: ModelEntry) throws -> String {
    let graph = try entry.graph()
    let values = InitialValues(
      entry.architecture.initialization, seed: 1,
      fixed: entry.architecture.fixedBuffers(classes: entry.classes))
    var bytes: [UInt8] = []
    for parameter in graph.parameters {
      var first = [Float](repeating: .nan, count: min(64, parameter.shape.count))
      first.withUnsafeMutableBufferPointer { values.fill(parameter, $0) }
      for value in first { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 } }
    }
    return bytes.withUnsafeBytes { String(SHA256.digest(of: $0).prefix(16)) }
  }

  /// With `CNNZOO_RECORD` the digests of all networks are written, and the test fails.
  @Test func initialValuesAreTheRecordedOnes() throws {
    if ProcessInfo.processInfo.environment["CNNZOO_RECORD"] != nil {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      let digests = try Dictionary(
        uniqueKeysWithValues: Registry.standard.all.map { ($0.name, try digest(of: $0)) })
      try (encoder.encode(digests) + Data("\n".utf8)).write(to: Self.file)
      Issue.record("recorded \(Self.file.path)")
    }
    for (name, digest) in try Self.recorded().sorted(by: { $0.key < $1.key }) {
      #expect(try self.digest(of: Registry.standard.entry(name)) == digest, "\(name)")
    }
  }
}
