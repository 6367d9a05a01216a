import Support
import TensorCore
import Testing
import Weights

/// Weight files written anew as safetensors.
@Suite struct ConversionTests {
  @Test(arguments: [SafetensorsWriter.Precision.float32, .float16])
  func valuesNamesAndMetadataStay(precision: SafetensorsWriter.Precision) throws {
    let folder = try TemporaryFolder()
    var state = StateDict()
    state.set("b", shape: [2, 2], [1, -2.7182817, .infinity, 1e-7])
    state.set("a", shape: [], [3])
    try SafetensorsWriter.write(state, to: folder.path("a"), metadata: [("model", "net"), ("note", "\n")])
    try SafetensorsWriter.convert(.open(path: folder.path("a")), to: folder.path("b"), precision: precision)
    let file = try Checkpoint.open(path: folder.path("b"))
    #expect(file.tensors.map(\.name) == ["b", "a"])
    #expect(file.tensors.allSatisfy { $0.elementType == (precision == .float16 ? .float16 : .float32) })
    #expect(file.metadata.map(\.key) == ["format", "model", "note"])
    #expect(file.metadata.map(\.value) == ["pt", "net", "\n"])
    let values = state["b"]?.values.map { precision == .float16 ? Float(Float16($0)) : $0 }
    #expect(try StateDict(file)["b"]?.values == values)
    // Its own output converts to itself.
    try SafetensorsWriter.convert(file, to: folder.path("b"), precision: precision)
    #expect(try StateDict(.open(path: folder.path("b")))["b"]?.values == values)
  }

  /// PyTorch's file holds the counter of a batch norm.
  @Test func countersAreLeftOut() throws {
    let folder = try TemporaryFolder()
    try SafetensorsWriter.convert(
      .open(path: Fixtures.path("zip.pth")), to: folder.path("a"), precision: .float32)
    #expect(
      try Set(Checkpoint.open(path: folder.path("a")).tensors.map(\.name)) == [
        "conv.weight", "bn.weight", "bn.running_var",
      ])
  }

  @Test func whatFloat16CannotHoldIsNamed() throws {
    let folder = try TemporaryFolder()
    var state = StateDict()
    state.set("small", shape: [1], [65504])
    state.set("large", shape: [2], [1, -65520])
    try SafetensorsWriter.write(state, to: folder.path("a"))
    let error = #expect(throws: CheckpointError.self) {
      try SafetensorsWriter.convert(.open(path: folder.path("a")), to: folder.path("b"), precision: .float16)
    }
    #expect(error.map { "\($0)" }?.contains("large: -65520.0 is beyond the 65504 of float16") == true)
    #expect(throws: CheckpointError.self) { try Checkpoint.open(path: folder.path("b")) }
    try SafetensorsWriter.convert(.open(path: folder.path("a")), to: folder.path("b"), precision: .float32)
  }
}
