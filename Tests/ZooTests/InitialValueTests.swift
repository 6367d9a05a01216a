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
  /// torchvision's tensors, from `scripts/golden/initial_statistics.py`: the value, or mean, deviation and largest
  /// magnitude.
  private static func statistics() throws -> [String: [String: [Double]]] {
    let data = try Data(
      contentsOf: file.deletingLastPathComponent().appending(path: "initial_statistics.json"))
    let object = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    return object.compactMapValues { $0 as? [String: [Double]] }
  }

  /// Constants are equal; of other tensors the mean is near zero, and deviation and kind of distribution agree within what
  /// their size allows.
  @Test func newNetworksStartAsTorchvisions() throws {
    let networks = try Self.statistics()
    #expect(networks.count >= 10)
    for (name, tensors) in networks {
      let entry = try Registry.standard.entry(name)
      let values = InitialValues(
        entry.architecture.initialization, seed: 1,
        fixed: entry.architecture.fixedBuffers(classes: entry.classes))
      for parameter in try entry.graph().parameters {
        guard let expected = tensors[parameter.name] else {
          #expect(parameter.name.hasSuffix("num_batches_tracked"), "\(name): \(parameter.name)")
          continue
        }
        let count = parameter.shape.count
        var found = [Float](repeating: .nan, count: count)
        found.withUnsafeMutableBufferPointer { values.fill(parameter, $0) }
        if expected.count == 1 {
          let isConstant = found.allSatisfy { abs($0 - Float(expected[0])) <= 1e-6 * abs($0) }
          #expect(isConstant, "\(name): \(parameter.name)")
          continue
        }
        if count < 64 { continue }
        let mean = found.reduce(0.0) { $0 + Double($1) } / Double(count)
        let deviation =
          (found.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(count - 1))
          .squareRoot()
        #expect(abs(mean) < 6 * deviation / Double(count).squareRoot(), "\(name): \(parameter.name)")
        let ratio = deviation / expected[1]
        #expect(abs(ratio - 1) < 6 / Double(count).squareRoot() + 1e-3, "\(name): \(parameter.name) \(ratio)")
        if count >= 1024 {
          // A uniform distribution ends at √3 deviations.
          let largest = found.reduce(0.0) { max($0, abs(Double($1))) }
          #expect(
            (largest / deviation < 2) == (expected[2] / expected[1] < 2), "\(name): \(parameter.name)")
        }
      }
    }
  }
}
