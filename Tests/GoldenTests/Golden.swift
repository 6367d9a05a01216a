import Foundation
import Support
import TensorCore

/// The exact results of a reference framework on formula weights and formula input; recorded by
/// `scripts/golden/record.py`.
struct Golden: Decodable {
  let model: String
  let source: String
  let normGain: Double
  let inputScale: Float
  let classes: Int
  let cases: [Case]
  let transformInput: Case?

  /// One input.
  struct Case: Decodable, CustomStringConvertible {
    let input: [Int]
    /// How many columns of the logits were recorded, from the first on.
    let logitsColumns: Int
    /// Largest magnitude among all logits.
    let logitsMaximum: Float
    /// Float32, little-endian, in base 64.
    let logits: String
    let stages: [Stage]?

    enum CodingKeys: String, CodingKey {
      case input
      case logitsColumns = "logits_columns"
      case logitsMaximum = "logits_maximum"
      case logits, stages
    }

    var description: String { "input \(Shape(input))" }

    var logitValues: [Float] {
      let data = Data(base64Encoded: logits) ?? Data()
      return stride(from: 0, to: data.count, by: 4).map { offset in
        let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(data[offset + $1]) << (8 * $1) }
        return Float(bitPattern: bits)
      }
    }
  }

  /// The output of a part of the network: some elements, and a weighted sum that notices every element and its
  /// position.
  struct Stage: Decodable {
    let name: String
    let shape: [Int]
    let indices: [Int]
    let values: [Float]
    let weightedSum: Double
    let maximum: Float

    enum CodingKeys: String, CodingKey {
      case name, shape, indices, values, maximum
      case weightedSum = "weighted_sum"
    }
  }

  enum CodingKeys: String, CodingKey {
    case model, source, classes, cases
    case normGain = "norm_gain"
    case inputScale = "input_scale"
    case transformInput = "transform_input"
  }

  /// The golden values of a network, or `nil` if none were recorded.
  static func load(_ model: String) throws -> Golden? {
    let url = Repository.root.appending(path: "Tests/Fixtures/golden/\(model).json")
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
  }
}
