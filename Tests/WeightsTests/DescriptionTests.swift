import Files
import Support
import TensorCore
import Testing
import Weights

/// What `train` writes about a network, read again.
@Suite struct DescriptionTests {
  private let description = WeightDescription(
    model: "net", settings: ["depth=20", "width=2"],
    preprocessing: ImagePreprocessing(
      resize: 29, cropHeight: 28, cropWidth: 30, interpolation: .bicubic, mean: [0.1, 0.2860406, 1e-9],
      deviation: [0.3, 0.35302424, 2], conversion: .fashionMNIST(inverting: nil)),
    classes: 12, data: "a \"folder\"", classNames: ["one", "two words", "drei"])

  /// Opens a file of one tensor with this metadata.
  private func checkpoint(_ metadata: [(key: String, value: String)]) throws -> Checkpoint {
    let folder = try TemporaryFolder()
    var state = StateDict()
    state.set("w", shape: [1], [1])
    try SafetensorsWriter.write(state, to: folder.path("a"), metadata: metadata)
    return try Checkpoint.open(path: folder.path("a"))
  }

  private func changed(_ key: String, to value: String?) -> [(key: String, value: String)] {
    description.metadata.compactMap { $0.key == key ? value.map { (key, $0) } : $0 }
  }

  @Test func roundTrip() throws {
    #expect(try WeightDescription(checkpoint([("format", "pt")] + description.metadata)) == description)
    var plain = description
    plain.settings = []
    plain.classNames = []
    plain.conversion = .unchanged
    #expect(try WeightDescription(checkpoint(plain.metadata)) == plain)
  }

  /// A name with a line break shifts no other.
  @Test(arguments: [["a\nb", "c"], ["[\"a\"]\r\n", "", "\u{2028}"], ["[a", "b"]])
  func namesStayWhole(names: [String]) throws {
    var named = description
    named.classNames = names
    #expect(try WeightDescription(checkpoint(named.metadata))?.classNames == names)
  }

  /// Files of the first versions do not say how images are resized, and name their data set.
  @Test func whatFirstVersionsLeftOut() throws {
    let metadata = description.metadata.filter {
      !["resize", "interpolation", "conversion"].contains($0.key)
    }
    let old = try WeightDescription(checkpoint(metadata))
    #expect(old?.resize == nil && old?.interpolation == nil && old?.conversion == .unchanged)
    let fashion = metadata.map { key, value in
      (
        key,
        ["data": "fashion-mnist", "mean": "0.3", "deviation": "0.4", "input_shape": "1x32x32"][key] ?? value
      )
    }
    #expect(try WeightDescription(checkpoint(fashion))?.conversion == .fashionMNIST(inverting: nil))
  }

  @Test func otherFilesHaveNone() throws {
    #expect(try WeightDescription(checkpoint([])) == nil)
    #expect(try WeightDescription(checkpoint([("format", "pt"), ("model", "net")])) == nil)
    for key in ["model", "input_shape", "mean", "deviation"] {
      #expect(try WeightDescription(checkpoint(changed(key, to: nil))) == nil, "\(key)")
    }
  }

  /// Files of the first versions count their classes by their names.
  @Test func classesFromTheirNames() throws {
    #expect(try WeightDescription(checkpoint(changed("classes", to: nil)))?.classes == 3)
  }

  @Test(arguments: [
    ("input_shape", "28x28"), ("input_shape", "3x28x0"), ("input_shape", "3x28x99999999999999999999"),
    ("input_shape", "3x-1x2"), ("mean", "1,2"), ("mean", "1,2,x"), ("mean", "1,2,nan"),
    ("deviation", "1,2,0"), ("deviation", "1,2,inf"), ("classes", "0"), ("classes", "many"),
    ("resize", "0"), ("interpolation", "nearest"), ("conversion", "sepia"),
  ])
  func impossibleValuesAreNamed(key: String, value: String) throws {
    let file = try checkpoint(changed(key, to: value))
    let error = #expect(throws: CheckpointError.self) { try WeightDescription(file) }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains("metadata \(key) is '\(value)': expected "), "\(text)")
  }
}
