import Files
import GraphIR
import Support
import TensorCore
import Testing
import Weights

@Suite struct WritingTests {
  private var state: StateDict {
    var state = StateDict()
    state.set("b.weight", shape: [2, 3], [1, -2, 0.5, .infinity, 65504, 1e-7])
    state.set("a \"quoted\" \\ \u{1} é", shape: [], [3])
    state.set("empty", shape: [0, 4], [])
    return state
  }

  @Test func safetensorsRoundTrip() throws {
    let folder = try TemporaryFolder()
    try SafetensorsWriter.write(
      state, to: folder.path("a"), metadata: [("model", "lenet5"), ("note", "\"\n")])
    let file = try Checkpoint.open(path: folder.path("a"))
    let read = try StateDict(file)
    #expect(Set(read.names) == Set(state.names))
    for name in state.names {
      #expect(read[name]?.shape == state[name]?.shape)
      #expect(read[name]?.values == state[name]?.values)
    }
    #expect(
      file.metadata.map(\.key) == ["model", "note"] && file.metadata.map(\.value) == ["lenet5", "\"\n"])
    try SafetensorsWriter.write(
      state, to: folder.path("b"), metadata: [("model", "lenet5"), ("note", "\"\n")])
    #expect(try bytes(folder.path("a")) == bytes(folder.path("b")))
  }

  @Test func parametersGoIntoEveryKindOfFile() throws {
    let (folder, source) = (try TemporaryFolder(), FormulaWeights(seed: 5))
    let parameters = [
      Parameter(name: "a.weight", shape: [3, 2, 1, 1], role: .trainable, isAuxiliary: false),
      Parameter(name: "bn.running_var", shape: [7], role: .buffer, isAuxiliary: false),
      Parameter(name: "bn.num_batches_tracked", shape: [], role: .counter, isAuxiliary: false),
      Parameter(name: "ü", shape: [], role: .trainable, isAuxiliary: false),
    ]
    try SafetensorsWriter.write(
      parameters, from: source, to: folder.path("a.safetensors"), metadata: [("format", "pt")])
    try NumPyArchiveWriter.write(parameters, from: source, to: folder.path("a.npz"))
    let expected = try StateDict(parameters, from: source)
    for name in ["a.safetensors", "a.npz"] {
      let read = try StateDict(.open(path: folder.path(name)))
      #expect(read.names == ["a.weight", "bn.running_var", "ü"])
      for tensor in expected.names {
        #expect(
          read[tensor]?.shape == expected[tensor]?.shape && read[tensor]?.values == expected[tensor]?.values)
      }
    }
  }

  @Test func whatAnArchiveCannotHoldIsRefused() throws {
    let folder = try TemporaryFolder()
    let parameter = Parameter(name: "w", shape: [1 << 15, 1 << 15], role: .trainable, isAuxiliary: false)
    #expect(throws: CheckpointError.self) {
      try NumPyArchiveWriter.write([parameter], from: FormulaWeights(), to: folder.path("a.npz"))
    }
  }

  @Test func anErrorOfTheSourceIsPassedOn() throws {
    let folder = try TemporaryFolder()
    let parameter = Parameter(name: "w", shape: [2], role: .trainable, isAuxiliary: false)
    let expected = CheckpointError.notHeld(source: "state dict", parameter: Label("w"))
    #expect(throws: expected) {
      try NumPyArchiveWriter.write([parameter], from: StateDict(), to: folder.path("a.npz"))
    }
    #expect(throws: expected) {
      try SafetensorsWriter.write([parameter], from: StateDict(), to: folder.path("a.safetensors"))
    }
  }

  /// A header whose length has 0x80 as its first byte looks like a pickle: ResNet-50's did, and was taken for one.
  @Test func headersOfEveryLengthAreRecognized() throws {
    let folder = try TemporaryFolder()
    var beginsLikeAPickle = 0
    for length in 0..<264 {
      let note = String(repeating: "x", count: length)
      try SafetensorsWriter.write(state, to: folder.path("a"), metadata: [("note", note)])
      if try bytes(folder.path("a"))[0] == 0x80 { beginsLikeAPickle += 1 }
      #expect(
        try Checkpoint.open(path: folder.path("a")).format == .safetensors, "note of \(length) characters")
    }
    #expect(beginsLikeAPickle > 0)
  }

  @Test func halfPrecisionRoundsToNearest() throws {
    let folder = try TemporaryFolder()
    try SafetensorsWriter.write(state, to: folder.path("a"), precision: .float16)
    let file = try Checkpoint.open(path: folder.path("a"))
    #expect(file.tensors.allSatisfy { $0.elementType == .float16 })
    let expected = state["b.weight"]?.values.map { Float(Float16($0)) }
    #expect(try StateDict(file)["b.weight"]?.values == expected)
  }

  @Test func aFailingContentLeavesTheOldFile() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write([1, 2, 3], to: folder.path("a"))
    let failure = CheckpointError.notHeld(source: "test", parameter: Label("w"))
    let writer = SafetensorsWriter([("w", [2])])
    #expect(throws: failure) {
      try writer.write(to: folder.path("a")) { _, _ throws(CheckpointError) in throw failure }
    }
    #expect(try bytes(folder.path("a")) == [1, 2, 3])
    #expect(throws: CheckpointError.self) {
      try SafetensorsWriter.write(state, to: folder.path("no/such/folder"))
    }
  }

  @Test("NumPy round trips", arguments: [[2, 3, 4], [5], [], [0, 3], [1, 1, 1, 1, 1, 1, 1, 1]])
  func numPyRoundTrip(dimensions: [Int]) throws {
    let folder = try TemporaryFolder()
    let shape = Shape(dimensions)
    let values = (0..<shape.count).map { Float($0) * 0.75 - 1 }
    try NumPyFile.write(values, shape: shape, to: folder.path("a.npy"))
    let read = try NumPyFile.read(path: folder.path("a.npy"))
    #expect(read.shape == shape && read.values == values)
    let header = try bytes(folder.path("a.npy"))
    #expect((header.count - 4 * shape.count) % 64 == 0, "the data begins at a multiple of 64")
  }

  @Test func numPyHeadersAreNumPysOwn() throws {
    // numpy.save writes these 128 bytes before the data of a float32 [2, 3].
    let folder = try TemporaryFolder()
    try NumPyFile.write([Float](repeating: 0, count: 6), shape: [2, 3], to: folder.path("a"))
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
    let expected =
      [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(text.utf8)
      + [UInt8](repeating: 0x20, count: 117 - text.utf8.count) + [0x0a]
    #expect(try Array(bytes(folder.path("a")).prefix(128)) == expected)
  }

  private func bytes(_ path: String) throws -> [UInt8] {
    let file = try RegularFile(path: path)
    return try file.bytes(at: 0, count: file.size)
  }
}
