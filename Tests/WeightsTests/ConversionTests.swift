import Support
import TensorCore
import Testing
import Weights

/// Weight files converted to safetensors.
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
    // Converting the output again changes nothing.
    try SafetensorsWriter.convert(file, to: folder.path("b"), precision: precision)
    #expect(try StateDict(.open(path: folder.path("b")))["b"]?.values == values)
  }

  @Test("Whole numbers and truth values stay what they are", arguments: ["types.pth", "types.safetensors"])
  func otherTypesAreCarried(name: String) throws {
    let folder = try TemporaryFolder()
    let file = try Checkpoint.open(path: Fixtures.path(name))
    for precision in [SafetensorsWriter.Precision.float32, .float16] {
      try SafetensorsWriter.convert(file, to: folder.path("a"), precision: precision)
      let copy = try Checkpoint.open(path: folder.path("a"))
      #expect(copy.tensors.map(\.name) == file.tensors.map(\.name))
      for (tensor, original) in zip(copy.tensors, file.tensors) {
        let type = original.elementType
        let expected = precision == .float32 ? ElementType.float32 : .float16
        #expect(tensor.elementType == (type.isFloatingPoint ? expected : type))
      }
      let (values, originals) = (try StateDict(copy), try StateDict(file))
      for name in values.names { #expect(values[name]?.values == originals[name]?.values, "\(name)") }
    }
  }

  @Test func countersAreCarried() throws {
    let folder = try TemporaryFolder()
    try SafetensorsWriter.convert(
      .open(path: Fixtures.path("zip.pth")), to: folder.path("a"), precision: .float16)
    let counter = try Checkpoint.open(path: folder.path("a")).tensors.first { $0.elementType == .int64 }
    #expect(counter?.name == "bn.num_batches_tracked" && counter?.shape == [])
  }

  /// Rounding to float32 first would land on the tie, and then on the wrong side of it.
  @Test func doublesAreRoundedOnce() throws {
    let values = [
      1 + 0x1p-11 + 0x1p-40, 1 + 0x1p-11 - 0x1p-40, 0x1p-25 * (1 + 0x1p-40), -(1 + 3 * 0x1p-11 - 0x1p-40),
    ]
    let header = #"{"v":{"dtype":"F64","shape":[4],"data_offsets":[0,32]}}"#
    let file = safetensors(header) + values.flatMap { little($0.bitPattern) }
    let folder = try TemporaryFolder()
    try SafetensorsWriter.convert(
      Checkpoint(ByteSource(file, name: "v")), to: folder.path("a"), precision: .float16)
    #expect(
      try StateDict(.open(path: folder.path("a")))["v"]?.values == [
        1 + 0x1p-10, 1, 0x1p-24, -(1 + 0x1p-10),
      ])
  }

  @Test(arguments: [
    (SafetensorsWriter.Precision.float16, 1e300, "beyond the 65504 of float16"),
    (.float16, 1e9, "beyond the 65504 of float16: take float32"),
    (.float32, 1e300, "beyond the range of F32"),
  ])
  func doublesBeyondTheRangeAreNamed(precision: SafetensorsWriter.Precision, value: Double, message: String)
    throws
  {
    let header = #"{"v":{"dtype":"F64","shape":[2],"data_offsets":[0,16]}}"#
    let file = safetensors(header) + [1, value].flatMap { little($0.bitPattern) }
    let folder = try TemporaryFolder()
    let error = #expect(throws: CheckpointError.self) {
      try SafetensorsWriter.convert(
        Checkpoint(ByteSource(file, name: "f")), to: folder.path("a"), precision: precision)
    }
    #expect(error.map { "\($0)" }?.hasSuffix("v: \(value) is \(message)") == true)
  }

  @Test func oneOfSeveralSetsIsChosen() throws {
    let tensor = Pickle.tensor(storage: Pickle.storage("0", count: 1), shape: [1, 1], strides: [1, 1])
    let other = Pickle.tensor(storage: Pickle.storage("1", count: 1), shape: [1, 1], strides: [1, 1])
    let bytes = Pickle.torch(
      Pickle.dictionary([
        ("model", Pickle.dictionary([("w", tensor)])), ("model_ema", Pickle.dictionary([("w", other)])),
      ]), storages: [("0", floatBytes([1])), ("1", floatBytes([2]))])
    let folder = try TemporaryFolder()
    let source = ByteSource(bytes, name: "f")
    #expect(
      throws: CheckpointError.ambiguous(path: "f", model: nil, keys: [Label("model"), Label("model_ema")])
    ) {
      try SafetensorsWriter.convert(Checkpoint(source), to: folder.path("a"), precision: .float32)
    }
    let chosen = try Checkpoint(source, key: "model_ema")
    try SafetensorsWriter.convert(chosen, to: folder.path("a"), precision: .float32)
    #expect(try StateDict(.open(path: folder.path("a")))["w"]?.values == [2])
    #expect(
      throws: CheckpointError.noSuchKey(
        path: "f", key: Label("ema"), keys: [Label("model"), Label("model_ema")])
    ) { try Checkpoint(source, key: "ema") }
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
