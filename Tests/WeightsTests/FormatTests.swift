import Files
import Glibc
import Support
import TensorCore
import Testing
import Weights

/// The elements of a fixture: fractions that are exact in every floating-point type.
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

  @Test("Modules are read as data", arguments: ["module.pth", "module_legacy.pth"])
  func modules(name: String) throws {
    let state = try open(name).state
    #expect(state.names == ["weight", "bias"])
    #expect(state["weight"]?.shape == [1, 2] && state["bias"]?.shape == [1])
  }

  @Test func whatIsNoTensorIsNoPartOfAStateDict() throws {
    #expect(try open("not_a_tensor.pth").state.names == ["weight"])
  }

  @Test func emptySafetensorsHaveNoTensors() throws {
    #expect(try readAll(safetensors("{}")).names.isEmpty)
    let file = try Checkpoint(ByteSource(safetensors(#"{"__metadata__":{"a":"b"}}"#), name: "f"))
    #expect(file.tensors.isEmpty && file.metadata.map(\.value) == ["b"])
  }

  @Test(
    "NumPy headers as other writers made them",
    arguments: [
      "{'shape': (2L, 3L), 'fortran_order': False, 'descr': '<f4'}",
      "{'descr': '=f4', 'fortran_order': False, 'shape': (2, 3), }",
      "{'fortran_order': False,'descr':'<f4','shape':(2,3)}",
    ])
  func numPyHeaders(text: String) throws {
    let header = [0x93] + Array("NUMPY".utf8) + [1, 0] + little(UInt16(text.utf8.count)) + Array(text.utf8)
    let array = try readAll(header + floatBytes(expected(6)))["array"]
    #expect(array?.shape == [2, 3] && array?.values == expected(6))
  }

  @Test(
    "Big-endian arrays of every type",
    arguments: [
      (">f8", little(Double(-1.5).bitPattern), -1.5), (">f4", little(Float(-1.5).bitPattern), -1.5),
      (">f2", little(Float16(-1.5).bitPattern), -1.5), (">i8", little(Int64(-7)), -7),
      (">i4", little(Int32(-7)), -7), (">i2", little(Int16(-7)), -7), (">u8", little(UInt64(300)), 300),
      (">u4", little(UInt32(300)), 300), (">u2", little(UInt16(300)), 300), ("|i1", [0xf9], -7),
      ("|u1", [200], 200), ("|b1", [1], 1),
    ] as [(String, [UInt8], Float)])
  func bigEndian(type: String, bytes: [UInt8], value: Float) throws {
    let text = "{'descr': '\(type)', 'fortran_order': False, 'shape': ()}"
    let header = [0x93] + Array("NUMPY".utf8) + [1, 0] + little(UInt16(text.utf8.count)) + Array(text.utf8)
    let file = try Checkpoint(ByteSource(header + bytes.reversed(), name: "f"))
    #expect(try StateDict(file)["array"]?.values == [value])
    #expect(try file.statistics(of: #require(file.tensors.first)).mean == Double(value))
  }

  @Test func bigEndianArrays() throws {
    #expect(try NumPyFile.read(path: Fixtures.path("big_endian.npy")).values == expected(2))
  }

  @Test func memoEntriesByLongOpcodes() throws {
    // LONG_BINPUT and LONG_BINGET, with an index far beyond the number of entries.
    let tensor = Pickle.tensor(storage: Pickle.storage("0", count: 2), shape: [2], strides: [1])
    let index = little(UInt32(1000))
    let value =
      Array("}(".utf8) + Pickle.text("v") + tensor + Array("r".utf8) + index + Pickle.text("w")
      + Array("j".utf8) + index + Array("u".utf8)
    let padding = [UInt8](repeating: 0, count: 1024)
    let bytes = Pickle.torch(value, storages: [("0", floatBytes([3, 4])), ("unused", padding)])
    let state = try readAll(bytes)
    #expect(state["v"]?.values == [3, 4] && state["w"]?.values == [3, 4])
  }

  @Test(
    "Tensors that are not read are refused by name, if a network needs them",
    arguments: [
      ("float8_e4m3fn", "torch.float8_e4m3fn"), ("float8_e5m2", "torch.float8_e5m2"),
      ("complex64", "torch.complex64"),
    ])
  func foreignElements(type: String, mention: String) throws {
    let storage =
      Pickle.tuple([
        Pickle.text("storage"), Pickle.global("torch.storage", "UntypedStorage"), Pickle.text("0"),
        Pickle.text("cpu"), Pickle.int(4),
      ]) + [UInt8(ascii: "Q")]
    let hooks = Pickle.global("collections", "OrderedDict") + Array(")R".utf8)
    let foreign =
      Pickle.global("torch._utils", "_rebuild_tensor_v3")
      + Pickle.tuple([
        storage, Pickle.int(0), Pickle.tuple([Pickle.int(4)]), Pickle.tuple([Pickle.int(1)]), [0x89], hooks,
        Pickle.global("torch", type),
      ]) + Array("R".utf8)
    let plain = Pickle.tensor(storage: Pickle.storage("0", count: 1), shape: [1], strides: [1])
    let bytes = Pickle.torch(
      Pickle.dictionary([("f", foreign), ("w", plain)]), storages: [("0", floatBytes([1]))])
    #expect(defect(bytes) == .foreignTensor(Label("f"), kind: Label(mention)))
    let file = try Checkpoint(ByteSource(bytes, name: "f"))
    #expect(file.tensors.map(\.name) == ["w"] && file.unreadable.count == 1)
  }

  @Test func eightBitFloatsOfSafetensorsAreRefusedByName() throws {
    let one = safetensors(#"{"w":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}"#, data: 4)
    #expect(defect(one) == .foreignTensor(Label("w"), kind: Label("F8_E4M3, numbers of 8 bits")))
    // The other tensors of the file can be read, whatever lies between them.
    let header =
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
      + #""q":{"dtype":"F4","shape":[3,2],"data_offsets":[4,7]},"#
      + #""b":{"dtype":"BOOL","shape":[1],"data_offsets":[7,8]}}"#
    let file = try Checkpoint(ByteSource(safetensors(header, data: 8), name: "f"))
    #expect(file.tensors.map(\.name) == ["a", "b"])
    #expect(
      file.unreadable == [ForeignTensor(name: "q", shape: [3, 2], kind: Label("F4, numbers of 4 bits"))])
    expect(
      safetensors(#"{"w":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}"#, data: 2),
      failsWith: "no tensor can have it")
  }

  /// NumPy evaluates its header as Python, in which either quote will do.
  @Test func numPyHeadersInEitherQuotesAndOrder() throws {
    for text in [
      #"{"descr": "<f4", "fortran_order": False, "shape": (2,)}"#,
      "{'shape': (2L,), 'fortran_order': False, 'descr': '=f4'}",
    ] {
      let header = [0x93] + Array("NUMPY".utf8) + [1, 0] + little(UInt16(text.utf8.count)) + Array(text.utf8)
      #expect(try readAll(header + floatBytes([1, 2]))["array"]?.values == [1, 2], "\(text)")
    }
  }

  /// Text and objects in an archive are named, and do not stand in the way of its tensors.
  @Test func arraysOfOtherKindsAreRefusedByName() throws {
    func array(_ type: String, _ data: [UInt8]) -> [UInt8] {
      let text = "{'descr': '\(type)', 'fortran_order': False, 'shape': (1,)}"
      return [0x93] + Array("NUMPY".utf8) + [1, 0] + little(UInt16(text.utf8.count)) + Array(text.utf8) + data
    }
    let bytes = ZipWriter(members: [
      .init(name: "names.npy", content: array("<U1", [65, 0, 0, 0])),
      .init(name: "w.npy", content: array("<f4", floatBytes([3]))),
      .init(name: "z.npy", content: array("<c8", floatBytes([3, 4]))),
    ]).bytes
    let file = try Checkpoint(ByteSource(bytes, name: "f"))
    #expect(file.tensors.map(\.name) == ["w"])
    #expect(
      file.unreadable.map { "\($0.defect)" }.allSatisfy { $0.contains("type <U1") || $0.contains("type <c8") }
    )
    #expect(defect(bytes) == .foreignTensor(Label("names"), kind: Label("type <U1")))
  }

  @Test func statistics() throws {
    let values: [Float] = [1, .nan, -3, .infinity, 4, .nan, -.infinity, .nan]
    let header = #"{"a":{"dtype":"F32","shape":[8],"data_offsets":[0,32]}}"#
    let file = try Checkpoint(ByteSource(safetensors(header) + floatBytes(values), name: "f"))
    let statistics = try file.statistics(of: #require(file.tensors.first))
    #expect(statistics.notNumbers == 3 && statistics.infinities == 2 && !statistics.isFinite)
    #expect(statistics.minimum == -3 && statistics.maximum == 4 && statistics.mean == 2.0 / 3)
    for name in ["types.pth", "views.pth", "views_legacy.pth"] {
      let (file, state) = try open(name)
      for tensor in file.tensors {
        let values = try #require(state[tensor.name]).values
        let statistics = try file.statistics(of: tensor)
        #expect(statistics.minimum == values.min().map(Double.init), "\(tensor.name)")
        #expect(statistics.mean == values.reduce(0) { $0 + Double($1) } / Double(values.count))
      }
    }
  }

  @Test func verificationReadsTheWholeArchive() throws {
    var archive = ZipWriter(members: [
      .init(
        name: "a/data.pkl",
        content: Pickle.whole(
          Pickle.dictionary([
            ("w", Pickle.tensor(storage: Pickle.storage("0", count: 1), shape: [1], strides: [1]))
          ]))),
      .init(name: "a/data/0", content: floatBytes([1])), .init(name: "a/data/1", content: floatBytes([2])),
    ])
    try Checkpoint(ByteSource(archive.bytes, name: "f")).verifyArchive()
    archive.members[2].checksum = 1
    let file = try Checkpoint(ByteSource(archive.bytes, name: "f"))
    #expect(try StateDict(file)["w"]?.values == [1])
    #expect(throws: CheckpointError.self) { try file.verifyArchive() }
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
    "A file that is not a state dict is refused, and the message names the reason",
    arguments: [
      ("foreign.pth", "posix.system"), ("foreign_legacy.pth", "posix.system"),
      ("objects.npy", "|O"), ("naked.pkl", "torch.save"),
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
    // Noise hardly compresses, so the compressed data is longer than a piece, too.
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

    // A stream that is longer or shorter than claimed, or has other content.
    for longer in [-4, 4] {
      let other = deflated(longer < 0 ? Array(raw.dropLast(4)) : raw + [0, 0, 0, 0])
      archive.members[1].content = other
      expect(
        archive.bytes, failsWith: longer < 0 ? "give fewer than the claimed" : "do not end after the claimed")
    }
    archive.members[1].content = deflated([raw[0] ^ 1] + raw.dropFirst())
    expect(archive.bytes, failsWith: "damaged: the bytes at offset")
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
