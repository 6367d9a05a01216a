import Support
import Testing
import Weights

@Suite struct HostileFileTests {
  static let sound = [
    "zip.pth", "legacy.pth", "plain.safetensors", "stored.npz", "deflated.npz", "fortran.npy",
    "views_legacy.pth",
    "foreign.pth",
  ]

  @Test("Cut at every byte: an error, never a crash", arguments: sound)
  func truncated(name: String) throws {
    let bytes = try Fixtures.bytes(name)
    for count in 0..<bytes.count {
      #expect(throws: CheckpointError.self, "\(count) bytes") { try readAll(Array(bytes[..<count])) }
    }
  }

  @Test("Every bit flipped: an error or a read, never a crash", arguments: sound)
  func flipped(name: String) throws {
    var bytes = try Fixtures.bytes(name)
    let original = try? readAll(bytes)
    // In an archive every byte that matters is under a checksum: what is read is then what was written.
    let isChecked = name.hasSuffix(".npz") || name == "zip.pth"
    for index in bytes.indices {
      for bit in 0..<8 {
        bytes[index] ^= 1 << UInt8(bit)
        defer { bytes[index] ^= 1 << UInt8(bit) }
        guard let state = try? readAll(bytes), isChecked, let original else { continue }
        for name in state.names {
          #expect(state[name]?.values == original[name]?.values, "byte \(index), bit \(bit): \(name)")
        }
      }
    }
  }

  // MARK: safetensors

  @Test(
    "Lying safetensors headers",
    arguments: [
      safetensors("{}", length: .max), safetensors("{}", length: 1 << 40), safetensors("{}", length: 3),
      safetensors(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, data: 3),
      safetensors(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, data: 5),
      safetensors(#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, data: 4),
      safetensors(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, data: 4),
      safetensors(#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#),
      safetensors(#"{"a":{"dtype":"F32","shape":[9223372036854775807],"data_offsets":[0,0]}}"#),
      safetensors(#"{"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,0]}}"#),
      safetensors(#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, data: 4),
      safetensors(#"{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#, data: 4),
      safetensors(#"{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}"#, data: 4),
      safetensors(#"{"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}"#, data: 4),
      safetensors(#"{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}"#, data: 4),
      safetensors(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},}"#, data: 4),
      safetensors(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} x"#, data: 4),
      safetensors(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}"#, data: 4),
      safetensors(#"{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, data: 4),
      safetensors(#"{"\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, data: 4),
      safetensors("{\"a\u{1}\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", data: 4),
      safetensors(#"{"__metadata__":{"a":1}}"#), safetensors("{}"),
    ])
  func lyingSafetensors(bytes: [UInt8]) { #expect(defect(bytes) != nil) }

  @Test func duplicateNamesAreRefused() {
    let tensor = #"{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#
    #expect(defect(safetensors(#"{"a":\#(tensor),"a":\#(tensor)}"#, data: 4)) == .duplicateTensor(Label("a")))
    // The same name, written another way.
    #expect(
      defect(safetensors(#"{"a":\#(tensor),"\u0061":\#(tensor)}"#, data: 4)) == .duplicateTensor(Label("a")))
  }

  @Test func overlapsAndGapsAreRefused() {
    func file(_ begin: Int, data: Int) -> [UInt8] {
      safetensors(
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
          + #""b":{"dtype":"F32","shape":[1],"data_offsets":[\#(begin),\#(begin + 4)]}}"#, data: data)
    }
    #expect(defect(file(4, data: 8)) == nil)
    #expect(defect(file(2, data: 6)) == .tensorPlace(tensor: Label("b"), begin: 2, expected: 4))
    #expect(defect(file(5, data: 9)) == .tensorPlace(tensor: Label("b"), begin: 5, expected: 4))
  }

  @Test func deepJSONIsRefusedWhereItBegins() {
    let deep = String(repeating: "[", count: 300_000)
    #expect(defect(safetensors("{\"a\":" + deep)) == .json(offset: 13, expected: "{"))
  }

  // MARK: zip

  private func npz(_ edit: (inout ZipWriter.Member) -> Void) throws -> [UInt8] {
    var member = ZipWriter.Member(name: "a.npy", content: try Fixtures.bytes("half.npy"))
    edit(&member)
    return ZipWriter(members: [member]).bytes
  }

  @Test func archivesThatLie() throws {
    #expect(defect(try npz { _ in }) == nil)
    #expect(defect(try npz { $0.checksum = 0 }) == nil)
    guard case .checksum = defect(try npz { $0.checksum = 1 }) else {
      Issue.record("a wrong checksum was not seen")
      return
    }
    #expect(defect(try npz { $0.count = 5 }) != nil)
    #expect(defect(try npz { $0.offset = 9 }) != nil)
    #expect(defect(try npz { $0.offset = 0xffff_fff0 }) != nil)
    #expect(defect(try npz { $0.offset = 0xffff_ffff }) != nil)
    #expect(defect(try npz { $0.name = "a.txt" }) == .unknownArchive)
    #expect(defect(try npz { $0.method = 12 }) != nil)
    #expect(defect(ZipWriter(members: []).bytes) == .noTensors)
  }

  @Test func bombsAreRefusedByTheirClaim() throws {
    let bomb = try npz {
      $0.method = 8
      $0.count = 0xffff_fff0
    }
    guard case .deflateRatio = defect(bomb) else {
      Issue.record("claims 4 GB from \(bomb.count) bytes")
      return
    }
  }

  @Test func membersMayNotShareBytes() throws {
    let array = try Fixtures.bytes("half.npy")
    let inner = ZipWriter.Member(name: "b.npy", content: array)
    // The first member's bytes hold the second's local header and content.
    let hidden = Array(ZipWriter(members: [inner]).bytes.prefix(30 + 5 + array.count))
    var second = inner
    second.offset = 30 + 5
    let bytes = ZipWriter(members: [.init(name: "a.npy", content: hidden), second]).bytes
    #expect(defect(bytes) == .zipOverlap(Label("a.npy"), Label("b.npy")))
  }

  @Test func duplicateMembersAreRefused() throws {
    let member = ZipWriter.Member(name: "a.npy", content: try Fixtures.bytes("half.npy"))
    #expect(defect(ZipWriter(members: [member, member]).bytes) == .duplicateTensor(Label("a.npy")))
  }

  // MARK: NumPy

  @Test(
    "NumPy headers that are none",
    arguments: [
      "", "{", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': 0, 'shape': ()}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}",
      "{'descr': '<f4', 'fortran_order': True, 'shape': (9223372036854775807, 2)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
      "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}",
      "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': ()}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': ()} + __import__('os')",
    ])
  func numPyHeaders(text: String) {
    let header = [0x93] + Array("NUMPY".utf8) + [1, 0] + little(UInt16(text.utf8.count)) + Array(text.utf8)
    #expect(defect(header + [0, 0, 0, 0]) != nil)
  }

  @Test func numPyHeaderThatClaimsGigabytes() {
    let bytes = [0x93] + Array("NUMPY".utf8) + [2, 0] + little(UInt32.max) + Array("{}".utf8)
    #expect(defect(bytes) != nil)
  }

  // MARK: Pickle

  private static let one = floatBytes([1])

  private func torch(offset: Int = 0, shape: [Int], strides: [Int], count: Int = 1) -> [UInt8] {
    Pickle.torch(
      Pickle.dictionary([
        (
          "w",
          Pickle.tensor(
            storage: Pickle.storage("0", count: count), offset: offset, shape: shape, strides: strides)
        )
      ]), storages: [("0", Self.one)])
  }

  @Test func tensorsStayInTheirStorage() {
    #expect(defect(torch(shape: [1], strides: [1])) == nil)
    let bad = [
      torch(shape: [2], strides: [1]), torch(offset: 1, shape: [1], strides: [1]),
      torch(offset: -1, shape: [1], strides: [1]), torch(offset: .max, shape: [1], strides: [1]),
      torch(shape: [1], strides: [1], count: 2), torch(shape: [1], strides: [1], count: 1 << 62),
      torch(shape: [2, 2], strides: [0, -1]), torch(shape: [1], strides: []),
      torch(shape: [.max, .max], strides: [0, 0]), torch(shape: [2, 2], strides: [.max, .max]),
      torch(shape: [-1], strides: [1]), torch(shape: [1 << 40], strides: [0]),
      torch(shape: [1 << 31, 1 << 31, 1 << 31], strides: [0, 0, 0]),
    ]
    for (index, bytes) in bad.enumerated() { #expect(defect(bytes) != nil, "case \(index)") }
  }

  @Test func stridesOfZeroDoNotMakeTerabytes() {
    let bytes = torch(shape: [1 << 20, 1 << 20], strides: [0, 0])
    #expect(defect(bytes) == .totalBytes(file: bytes.count))
  }

  @Test func storagesMustBeThere() {
    let tensor = Pickle.tensor(storage: Pickle.storage("7", count: 1), shape: [1], strides: [1])
    let dictionary = Pickle.dictionary([("w", tensor)])
    #expect(defect(Pickle.torch(dictionary)) == .storageMissing(Label("7")))
    let data = little(UInt64(1)) + Self.one
    #expect(defect(Pickle.legacy(dictionary, keys: ["7"], storages: data)) == nil)
    #expect(defect(Pickle.legacy(dictionary, keys: [], storages: data)) == .storageMissing(Label("7")))
    #expect(defect(Pickle.legacy(dictionary, keys: ["8"], storages: data)) == .storageUnused(Label("8")))
    #expect(
      defect(Pickle.legacy(dictionary, keys: ["7", "7"], storages: data + data)) == .storageTwice(Label("7")))
    for lie in [0, 2, UInt64.max, 1 << 62] {
      #expect(defect(Pickle.legacy(dictionary, keys: ["7"], storages: little(lie) + Self.one)) != nil)
    }
  }

  @Test func foreignGlobalsAreNamedWithTheirPlace() {
    let call = Pickle.global("posix", "system") + Pickle.tuple([Pickle.text("true")]) + Array("R".utf8)
    let bytes = Pickle.torch(Pickle.dictionary([("w", call)]))
    let place = 30 + "a/data.pkl".utf8.count + 2 + 2 + Pickle.text("w").count
    #expect(defect(bytes) == .foreignGlobal(offset: place, name: Label("posix.system")))
    // By protocol 4's opcode, and through a name that only begins like a permitted one.
    let stack = Pickle.text("os") + Pickle.text("system") + [0x93]
    #expect(defect(Pickle.torch(stack)) != nil)
    #expect(defect(Pickle.torch(Pickle.global("torch", "load"))) != nil)
    #expect(defect(Pickle.torch(Pickle.global("torch.storage", "_load_from_bytes"))) != nil)
    #expect(defect(Pickle.torch(Pickle.global("builtins", "bytearray"))) != nil)
  }

  @Test func pickleOpcodesOutOfPlace() {
    let ascii = [
      "s", "u", "a", "e", "t", "l", "d", "R", "b", "Q", "0", "1", "2", "h\u{1}", "(.", "}(Nu", "]s", "NNs",
      "NNR", ")b", "K",
    ]
    for text in ascii { #expect(defect(Pickle.torch(Array(text.utf8))) != nil, "\(text)") }
    // EXT1, INST, OBJ, PERSID, BYTEARRAY8, NEXT_BUFFER, and codes that do not exist.
    for code: UInt8 in [0x82, 0x69, 0x6f, 0x50, 0x96, 0x97, 0x98, 0, 0xff] {
      let bytes = Pickle.torch([code])
      guard case .opcode(_, code) = defect(bytes) else {
        Issue.record("opcode \(code)")
        continue
      }
    }
  }

  @Test func setItemOnWhatIsNoDictionary() {
    let tensor = Pickle.tensor(storage: Pickle.storage("0", count: 1), shape: [1], strides: [1])
    for target in [tensor, Array("N".utf8), Array(")".utf8), Array("]".utf8), Pickle.text("x")] {
      #expect(defect(Pickle.torch(target + Pickle.text("k") + Array("Ns".utf8))) != nil)
    }
  }

  @Test func claimsOfTerabytes() {
    for code: UInt8 in [0x8d, 0x8e, 0x96] {
      #expect(defect(Pickle.torch([code] + little(UInt64(1) << 40))) != nil)
      #expect(defect(Pickle.torch([code] + little(UInt64.max))) != nil)
    }
    #expect(defect(Pickle.torch(Array("X".utf8) + little(UInt32.max))) != nil)
  }

  @Test func memoBombs() {
    // A list that holds itself twice, many times over: as values nothing, unfolded 2^60.
    var bomb = Array("]q\u{0}".utf8)
    for index in 1..<60 {
      bomb +=
        Array("](h".utf8) + [UInt8(index - 1), 0x68, UInt8(index - 1)] + Array("eq".utf8) + [UInt8(index)]
    }
    #expect(defect(Pickle.torch(bomb)) == .noStateDict)
    // A dictionary that wraps itself.
    let ring = Array("}q\u{0}".utf8) + Pickle.text("model") + Array("h\u{0}s".utf8)
    #expect(defect(Pickle.torch(ring)) == .noStateDict)
    // A long list that is copied into a dictionary again and again; a long tuple of arguments likewise.
    let pair = Pickle.text("k") + Array("N".utf8) + [0x86]
    let list = Array("](".utf8) + (0..<1000).flatMap { _ in pair } + Array("e".utf8)
    let arguments = list + [0x85] + Array("q\u{1}0".utf8)
    let call = Pickle.global("collections", "OrderedDict") + Array("h\u{1}R0".utf8)
    #expect(
      defect(Pickle.torch(arguments + (0..<1000).flatMap { _ in call } + Array("}".utf8))) != .noStateDict)
    guard case .pickleMemo = defect(Pickle.torch(Array("Nr".utf8) + little(UInt32.max))) else {
      Issue.record("memo index of four billion")
      return
    }
  }

  @Test("300,000 levels deep", arguments: ["]", "(", "}", ")"])
  func deepPickles(opener: String) {
    let open = Array(String(repeating: opener, count: 300_000).utf8)
    #expect(defect(Pickle.torch(open)) != nil)
    #expect(defect(Pickle.legacy(open, keys: [], storages: [])) != nil)
    let nested =
      Array("]".utf8) + Array(String(repeating: "]", count: 300_000).utf8)
      + [UInt8](repeating: UInt8(ascii: "a"), count: 300_000)
    #expect(defect(Pickle.torch(nested)) == .noStateDict)
    let tuples = Array(")".utf8) + [UInt8](repeating: 0x85, count: 300_000)
    #expect(defect(Pickle.torch(tuples)) == .noStateDict)
  }

  @Test func repeatedNamesInADictionary() {
    let tensor = Pickle.tensor(storage: Pickle.storage("0", count: 1), shape: [1], strides: [1])
    let bytes = Pickle.torch(Pickle.dictionary([("w", tensor), ("w", tensor)]), storages: [("0", Self.one)])
    #expect(defect(bytes) == .duplicateTensor(Label("w")))
  }

  // MARK: Other kinds of file

  @Test func whatIsNoWeightFileIsNamed() throws {
    #expect(defect([]) == .emptyFile)
    #expect(defect(Array("hello, world".utf8)) == .unknownFormat)
    #expect(defect(Array("\n<!DOCTYPE html>".utf8)) == .webPage)
    #expect(defect(Array("version https://git-lfs.github.com/spec/v1\n".utf8)) == .gitPointer)
    let tar = [UInt8](repeating: 0x61, count: 257) + Array("ustar".utf8) + [UInt8](repeating: 0, count: 250)
    #expect(defect(tar) == .legacyTar)
    let script = ZipWriter(members: [
      .init(name: "a/data.pkl", content: Pickle.whole([])), .init(name: "a/constants.pkl", content: []),
    ])
    #expect(defect(script.bytes) == .torchScript)
    let big = ZipWriter(members: [
      .init(name: "a/data.pkl", content: Pickle.whole([])),
      .init(name: "a/byteorder", content: Array("big".utf8)),
    ])
    #expect(defect(big.bytes) == .byteOrder(Label("big")))
  }

  @Test func namesCannotForgeMessages() throws {
    let name = "\u{1b}[31mred\nline" + String(repeating: "x", count: 10_000)
    let bytes = Pickle.torch(Pickle.dictionary([(name, Array("N".utf8))]))
    let text = "\(try #require(defect(bytes)))"
    #expect(!text.contains("\u{1b}") && !text.contains("\n") && text.count < 300)
  }
}
