import Files
import Glibc
import Support
import TensorCore
import Testing
import Weights

/// Element i of a fixture: a fraction that every floating type holds exactly.
private func expected(_ count: Int, start: Int = 0) -> [Float] {
  (0..<count).map { Float($0 + start) / 8 - 1 }
}

private func open(_ name: String) throws -> (file: Checkpoint, state: StateDict) {
  let file = try Checkpoint.open(path: Fixtures.path(name))
  return (file, try StateDict(file))
}

@Suite struct FormatTests {
  @Test(
    "One state dict in every format and wrapper",
    arguments: [
      ("zip.pth", Checkpoint.Format.torch), ("legacy.pth", .torchLegacy), ("protocol4.pth", .torch),
      ("plain.safetensors", .safetensors), ("stored.npz", .npz), ("deflated.npz", .npz),
      ("wrapped_state_dict.pth", .torch), ("wrapped_model.pth", .torch), ("wrapped_model_state.pth", .torch),
      ("wrapped_model_state_dict.pth", .torch), ("parallel.pth", .torch),
    ])
  func stateDict(name: String, format: Checkpoint.Format) throws {
    let (file, state) = try open(name)
    #expect(file.format == format)
    #expect(
      Set(state.names) == ["conv.weight", "bn.weight", "bn.running_var", "bn.num_batches_tracked"])
    #expect(state["conv.weight"]?.shape == [2, 3, 1, 2])
    #expect(state["conv.weight"]?.values == expected(12))
    #expect(state["bn.weight"]?.values == expected(3, start: 4))
    #expect(state["bn.running_var"]?.values == expected(3, start: 8))
    #expect(state["bn.num_batches_tracked"]?.shape == [])
    #expect(state["bn.num_batches_tracked"]?.values == [7])
    let counter = try #require(file.tensors.first { $0.name == "bn.num_batches_tracked" })
    #expect(counter.elementType == .int64 && counter.byteCount == 8)
  }

  @Test func pickledNamesKeepTheirOrder() throws {
    #expect(
      try open("zip.pth").state.names
        == ["conv.weight", "bn.weight", "bn.running_var", "bn.num_batches_tracked"])
  }

  @Test func safetensorsMetadataIsKept() throws {
    let metadata = try open("plain.safetensors").file.metadata
    #expect(metadata.first { $0.key == "origin" }?.value == "fixture")
    #expect(metadata.first { $0.key == "quote" }?.value == "a\"b\\c\n")
  }

  @Test("Every element type", arguments: ["types.pth", "types_legacy.pth", "types.safetensors"])
  func elementTypes(name: String) throws {
    let (file, state) = try open(name)
    for type in ["f64", "f32", "f16", "bf16"] { #expect(state[type]?.values == expected(5), "\(type)") }
    for type in ["i64", "i32", "i16", "i8"] { #expect(state[type]?.values == [-2, -1, 0, 1, 2], "\(type)") }
    #expect(state["u8"]?.values == [0, 1, 2, 3, 4])
    #expect(state["bool"]?.values == [0, 1, 1, 0, 1])
    #expect(Set(file.tensors.map(\.elementType)).count == 10)
  }

  @Test("Tensors that are part of a storage", arguments: ["views.pth", "views_legacy.pth"])
  func views(name: String) throws {
    let (file, state) = try open(name)
    let base = expected(24)
    func at(_ row: Int, _ column: Int) -> Float { base[row * 6 + column] }
    #expect(state["transposed"]?.shape == [6, 4])
    #expect(state["transposed"]?.values == (0..<6).flatMap { c in (0..<4).map { at($0, c) } })
    #expect(state["rows"]?.values == Array(base[6..<18]))
    #expect(state["columns"]?.shape == [4, 3])
    #expect(state["columns"]?.values == (0..<4).flatMap { r in [1, 3, 5].map { at(r, $0) } })
    #expect(state["channels_last"]?.shape == [1, 3, 2, 2])
    #expect(state["channels_last"]?.values == expected(12))
    #expect(state["scalar"]?.values == [at(2, 3)])
    let shared = file.tensors.filter { $0.name != "channels_last" }
    #expect(Set(shared.map(\.storageOffset)).count == 1)
  }

  @Test func parameters() throws {
    #expect(try open("parameter.pth").state["weight"]?.values == expected(3))
  }

  @Test func numPyArrays() throws {
    let fortran = try NumPyFile.read(path: Fixtures.path("fortran.npy"))
    #expect(fortran.shape == [2, 3, 4])
    #expect(fortran.values == expected(24))
    #expect(try NumPyFile.read(path: Fixtures.path("double.npy")).values == expected(6))
    #expect(try NumPyFile.read(path: Fixtures.path("half.npy")).values == expected(6))
    #expect(throws: CheckpointError.self) { try NumPyFile.read(path: Fixtures.path("zip.pth")) }
  }

  @Test(
    "What is no state dict is refused, and the message names it",
    arguments: [
      ("foreign.pth", "posix.system"), ("foreign_legacy.pth", "posix.system"),
      ("module.pth", "torch.nn.modules.linear.Linear"), ("module.pth", "state_dict()"),
      ("module_legacy.pth", "state_dict()"), ("not_a_tensor.pth", "epoch is no tensor"),
      ("objects.npy", "|O"), ("big_endian.npy", ">f4"), ("naked.pkl", "torch.save"),
    ])
  func refused(name: String, mention: String) throws {
    let path = Fixtures.path(name)
    let error = try #require(throws: CheckpointError.self) { try Checkpoint.open(path: path) }
    #expect("\(error)".hasPrefix("\(path): "))
    #expect("\(error)".contains(mention), "\(error)")
    #expect(!"\(error)".contains("\n"))
  }

  @Test func missingFilesAndFoldersAreFileErrors() {
    #expect(throws: CheckpointError.file(.notFound(path: "/nowhere/x.pth"))) {
      try Checkpoint.open(path: "/nowhere/x.pth")
    }
    #expect(throws: CheckpointError.file(.notRegular(path: "/"))) { try Checkpoint.open(path: "/") }
  }

  @Test func halvesAreExact() throws {
    // Every bit pattern, as one tensor.
    let header = #"{"a":{"dtype":"F16","shape":[65536],"data_offsets":[0,131072]}}"#
    let file = safetensors(header) + (0...UInt16.max).flatMap { little($0) }
    let values = try #require(try readAll(file)["a"]).values
    for bits in 0...UInt16.max {
      let value = Float(Float16(bitPattern: bits))
      let same = value.isNaN ? values[Int(bits)].isNaN : values[Int(bits)].bitPattern == value.bitPattern
      if !same { Issue.record("half \(bits): \(values[Int(bits)]), expected \(value)") }
    }
  }

  @Test func tensorsLargerThanAPiece() throws {
    // 70,000 elements cross the 256 KiB pieces of conversion, of checking and of inflating.
    let values = (0..<70_000).map { Float($0) * 0.25 }
    let raw = floatBytes(values)
    let checked = Pickle.torch(
      Pickle.dictionary([
        ("all", Pickle.tensor(storage: Pickle.storage("0", count: 70_000), shape: [70_000], strides: [1])),
        (
          "odd",
          Pickle.tensor(
            storage: Pickle.storage("0", count: 70_000), offset: 1, shape: [35_000], strides: [2])
        ),
      ]), storages: [("0", raw)])
    let state = try readAll(checked)
    #expect(state["all"]?.values == values)
    #expect(state["odd"]?.values == stride(from: 1, to: 70_000, by: 2).map { values[$0] })
    let doubles = values.flatMap { little(Double($0).bitPattern) }
    let header = #"{"a":{"dtype":"F64","shape":[70000],"data_offsets":[0,560000]}}"#
    #expect(try readAll(safetensors(header) + doubles)["a"]?.values == values)
  }

  @Test func deflatedStorages() throws {
    // Noise hardly shrinks, so that the input too is longer than the pieces it is read in.
    let noise = FormulaNoise(name: "x")
    let values = (0..<70_000).map { noise[$0] }
    let raw = floatBytes(values)
    let storage = Pickle.storage("0", count: 70_000)
    let pickle = Pickle.dictionary([
      ("all", Pickle.tensor(storage: storage, shape: [70_000], strides: [1])),
      ("end", Pickle.tensor(storage: storage, offset: 69_990, shape: [10], strides: [1])),
      ("flipped", Pickle.tensor(storage: storage, shape: [7, 10_000], strides: [1, 7])),
    ])
    var archive = ZipWriter(members: [
      .init(name: "a/data.pkl", content: Pickle.whole(pickle)),
      .init(
        name: "a/data/0", content: deflated(raw), method: 8, count: UInt32(raw.count), checksum: crc(raw)),
    ])
    let state = try readAll(archive.bytes)
    #expect(state["all"]?.values == values)
    #expect(state["end"]?.values == Array(values.suffix(10)))
    #expect(state["flipped"]?.values == (0..<7).flatMap { r in (0..<10_000).map { values[$0 * 7 + r] } })

    // A stream that is longer or shorter than its claim, or that was changed.
    for longer in [-4, 4] {
      let other = deflated(longer < 0 ? Array(raw.dropLast(4)) : raw + [0, 0, 0, 0])
      archive.members[1].content = other
      #expect(defect(archive.bytes) != nil)
    }
    archive.members[1].content = deflated([raw[0] ^ 1] + raw.dropFirst())
    guard case .checksum = defect(archive.bytes) else {
      Issue.record("another content under the old checksum")
      return
    }
  }

  @Test func aFileCutWhileItIsOpenIsAnError() throws {
    let folder = try TemporaryFolder()
    let header = #"{"a":{"dtype":"F32","shape":[1000],"data_offsets":[0,4000]}}"#
    let bytes = safetensors(header, data: 4000)
    let path = folder.path("a.safetensors")
    try AtomicFile.write(bytes, to: path)
    let file = try Checkpoint.open(path: path)
    #expect(truncate(path, bytes.count - 100) == 0)
    let cut = FileError.cutShort(path: path, offset: bytes.count - 4000, expected: 4000, found: 3900)
    #expect(throws: CheckpointError.file(cut)) { try StateDict(file) }
  }

  @Test func threadsShareACheckpoint() async throws {
    let file = try Checkpoint.open(path: Fixtures.path("views.pth"))
    let once = try StateDict(file)
    try await withThrowingTaskGroup(of: StateDict.self) { group in
      for _ in 0..<8 { group.addTask { try StateDict(file) } }
      for try await state in group {
        for name in once.names { #expect(state[name]?.values == once[name]?.values) }
      }
    }
  }

  @Test func pythonTwoWroteOrderedDictionariesAsPairs() throws {
    let pair =
      Array("](".utf8) + Pickle.text("w")
      + Pickle.tensor(storage: Pickle.storage("0", count: 2), shape: [2], strides: [1]) + Array("e".utf8)
    let pairs = Array("](".utf8) + pair + Array("e".utf8)
    let value = Pickle.global("collections", "OrderedDict") + Pickle.tuple([pairs]) + Array("R".utf8)
    let bytes = Pickle.legacy(value, keys: ["0"], storages: little(UInt64(2)) + floatBytes([3, 4]))
    #expect(try readAll(bytes)["w"]?.values == [3, 4])
  }

  @Test func tensorsOf2016TakeTheirState() throws {
    let state = Pickle.tuple([
      Pickle.storage("0", count: 2), Pickle.int(1), Pickle.tuple([Pickle.int(1)]),
      Pickle.tuple([Pickle.int(1)]),
    ])
    let tensor = Pickle.global("torch", "FloatTensor") + Array(")".utf8) + [0x81] + state + Array("b".utf8)
    let bytes = Pickle.legacy(
      Pickle.dictionary([("w", tensor)]), keys: ["0"], storages: little(UInt64(2)) + floatBytes([3, 4]))
    #expect(try readAll(bytes)["w"]?.values == [4])
  }
}
