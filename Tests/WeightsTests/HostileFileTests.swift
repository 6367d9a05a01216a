import Files
import Support
import Testing
import Weights

/// Damaged and malicious files: each is refused, for the reason that the test names.
@Suite struct HostileFileTests {
  static let intact = [
    "zip.pth", "legacy.pth", "plain.safetensors", "stored.npz", "deflated.npz", "fortran.npy",
    "views_legacy.pth",
    "foreign.pth",
  ]

  @Test("Truncated at every byte: damaged, never a crash", arguments: intact)
  func truncated(name: String) throws {
    let bytes = try Fixtures.bytes(name)
    for count in 0..<bytes.count {
      let error = #expect(throws: CheckpointError.self, "\(count) bytes") {
        try readAll(Array(bytes[..<count]))
      }
      if let error { #expect(isDamage(error), "\(count) bytes: \(error)") }
    }
  }

  @Test("Every bit flipped: damaged or readable, never a crash", arguments: intact)
  func flipped(name: String) throws {
    var bytes = try Fixtures.bytes(name)
    let original = try? readAll(bytes)
    // In an archive, checksums cover every byte that matters: what can be read is what was written.
    let isChecked = name.hasSuffix(".npz") || name == "zip.pth"
    for index in bytes.indices {
      for bit in 0..<8 {
        bytes[index] ^= 1 << UInt8(bit)
        defer { bytes[index] ^= 1 << UInt8(bit) }
        let state: StateDict
        do throws(CheckpointError) { state = try readAll(bytes) } catch {
          #expect(isDamage(error), "byte \(index), bit \(bit): \(error)")
          continue
        }
        guard isChecked, let original else { continue }
        for name in state.names {
          #expect(state[name]?.values == original[name]?.values, "byte \(index), bit \(bit): \(name)")
        }
      }
    }
  }

  /// Whether an error says that the bytes are bad: not that a file is missing, and not that a network differs.
  private func isDamage(_ error: CheckpointError) -> Bool {
    switch error {
    case .unusable, .file(.cutShort): true
    default: false
    }
  }

  // MARK: safetensors

  @Test(
    "safetensors headers with false claims",
    arguments: [
      (safetensors("{}", length: .max), "header: 18446744073709551615 bytes claimed, 2 there"),
      (safetensors("{}", length: 1 << 40), "header: 1099511627776 bytes claimed, 2 there"),
      (safetensors("{}", length: 3), "header: 3 bytes claimed, 2 there"),
      (one("F32", "[1]", data: 3), "the tensors take 4 bytes, 3 follow the header"),
      (one("F32", "[1]", data: 5), "the tensors take 4 bytes, 5 follow the header"),
      (one("F32", "[2]"), "a: data_offsets [0, 4]: [2] needs 8 bytes"),
      (one("F32", "[1]", offsets: "[4,0]"), "a: data_offsets [4, 0]: [1] needs 4 bytes"),
      (one("F32", "[4294967296,4294967296]", offsets: "[0,0]", data: 0), "no tensor can have it"),
      (one("F32", "[9223372036854775807]", offsets: "[0,0]", data: 0), "no tensor can have it"),
      (one("F32", "[9223372036854775808]", offsets: "[0,0]", data: 0), "at most 8 whole numbers"),
      (one("F32", "[-1]"), "at most 8 whole numbers"),
      (one("F32", "[1.0]"), "expected , or ]"),
      (one("F32", "[01]"), "at most 8 whole numbers"),
      (one("F33", "[1]"), "a: element type F33"),
      (one("F32", "[1,1,1,1,1,1,1,1,1]"), "at most 8 whole numbers"),
      (
        safetensors(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},}"#, data: 4),
        "a name in quotes and a colon"
      ),
      (
        safetensors(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} x"#, data: 4),
        "the end of the header"
      ),
      (
        safetensors(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}"#, data: 4), "each once"
      ),
      (
        safetensors(#"{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, data: 4),
        "each once"
      ),
      (
        safetensors(#"{"\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, data: 4),
        "a name in quotes and a colon"
      ),
      (
        safetensors("{\"a\u{1}\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", data: 4),
        "a name in quotes and a colon"
      ),
      (safetensors(#"{"__metadata__":{"a":1}}"#), "a string"),
    ])
  func falseSafetensors(bytes: [UInt8], reason: String) { expect(bytes, failsWith: reason) }

  /// A file of one tensor called `a`.
  private static func one(
    _ type: String, _ shape: String, offsets: String = "[0,4]", data: Int = 4
  ) -> [UInt8] {
    safetensors(
      "{\"a\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}}", data: data)
  }

  @Test func duplicateNamesAreRefused() {
    let tensor = #"{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#
    #expect(defect(safetensors(#"{"a":\#(tensor),"a":\#(tensor)}"#, data: 4)) == .duplicateTensor(Label("a")))
    // The same name with an escape.
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

  @Test func archivesWithFalseClaims() throws {
    #expect(defect(try npz { _ in }) == nil)
    #expect(defect(try npz { $0.checksum = 0 }) == nil)
    expect(try npz { $0.checksum = 1 }, failsWith: "recorded is 0x1")
    expect(try npz { $0.count = 5 }, failsWith: "bytes hold 5")
    expect(try npz { $0.offset = 9 }, failsWith: "local header does not match the directory")
    expect(try npz { $0.offset = 0xffff_fff0 }, failsWith: "lies outside the file")
    expect(try npz { $0.offset = 0xffff_ffff }, failsWith: "sizes do not fit")
    #expect(defect(try npz { $0.name = "a.txt" }) == .unknownArchive)
    expect(try npz { $0.method = 12 }, failsWith: "compression method 12")
    #expect(defect(ZipWriter(members: []).bytes) == .noTensors)
  }

  @Test func bombsAreRefusedByTheirClaim() throws {
    let bomb = try npz {
      $0.method = 8
      $0.count = 0xffff_fff0
    }
    expect(bomb, failsWith: "claims 4294967280 bytes")
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
    "Invalid NumPy headers",
    arguments: [
      ("", "expected a length of at most"), ("{", "expected a length of at most"),
      ("{'descr': '<f4'}", "expected descr, fortran_order and shape"),
      ("{'descr': '<f4', 'fortran_order': 0, 'shape': ()}", "True or False"),
      (
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", "no tensor can have it"
      ),
      (
        "{'descr': '<f4', 'fortran_order': True, 'shape': (9223372036854775807, 2)}", "no tensor can have it"
      ),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1)}", "at most 8 extents"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", "needs 8 bytes, 4 there"),
      ("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}", "each once"),
      (
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': ()}", "an element type in quotes"
      ),
      (
        "{'descr': '<f4', 'fortran_order': False, 'shape': ()} + __import__('os')", "the end of the header"
      ),
    ])
  func numPyHeaders(text: String, reason: String) {
    let header = [0x93] + Array("NUMPY".utf8) + [1, 0] + little(UInt16(text.utf8.count)) + Array(text.utf8)
    expect(header + [0, 0, 0, 0], failsWith: reason)
  }

  @Test func numPyHeaderThatClaimsGigabytes() {
    let bytes = [0x93] + Array("NUMPY".utf8) + [2, 0] + little(UInt32.max) + Array("{}".utf8)
    expect(bytes, failsWith: "expected a length of at most")
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
      (torch(shape: [2], strides: [1]), "reaches beyond its storage"),
      (torch(offset: 1, shape: [1], strides: [1]), "reaches beyond its storage"),
      (torch(offset: -1, shape: [1], strides: [1]), "expected a storage and an offset"),
      (torch(offset: .max, shape: [1], strides: [1]), "reaches beyond its storage"),
      (torch(shape: [1], strides: [1], count: 2), "storage 0: 8 bytes claimed, 4 there"),
      (torch(shape: [1], strides: [1], count: 1 << 62), "bytes claimed, 4 there"),
      (torch(shape: [2, 2], strides: [0, -1]), "do not go with shape"),
      (torch(shape: [1], strides: []), "do not go with shape"),
      (torch(shape: [.max, .max], strides: [0, 0]), "no tensor can have it"),
      (torch(shape: [2, 2], strides: [.max, .max]), "reaches beyond its storage"),
      (torch(shape: [-1], strides: [1]), "no tensor can have it"),
      (torch(shape: [1 << 40], strides: [0]), "the tensors claim more than"),
      (torch(shape: [1 << 31, 1 << 31, 1 << 31], strides: [0, 0, 0]), "no tensor can have it"),
    ]
    for (bytes, reason) in bad { expect(bytes, failsWith: reason) }
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
      expect(
        Pickle.legacy(dictionary, keys: ["7"], storages: little(lie) + Self.one), failsWith: "storage 7: ")
    }
  }

  @Test func foreignGlobalsAreNamedWithTheirPlace() {
    let call = Pickle.global("posix", "system") + Pickle.tuple([Pickle.text("true")]) + Array("R".utf8)
    let bytes = Pickle.torch(Pickle.dictionary([("w", call)]))
    let place = 30 + "a/data.pkl".utf8.count + 2 + 2 + Pickle.text("w").count
    #expect(defect(bytes) == .foreignGlobal(offset: place, name: Label("posix.system")))
    // With protocol 4's opcode, and with names in modules that have permitted ones.
    let stack = Pickle.text("os") + Pickle.text("system") + [0x93]
    expect(Pickle.torch(stack), failsWith: "refused: the pickle names os.system")
    for (module, name) in [
      ("torch", "load"), ("torch.storage", "_load_from_bytes"), ("builtins", "eval"),
    ] {
      expect(
        Pickle.torch(Pickle.global(module, name)), failsWith: "refused: the pickle names \(module).\(name)")
    }
  }

  @Test func pickleOpcodesOutOfPlace() {
    let underflow = "takes more values than there are"
    let cases = [
      ("s", underflow), ("u", underflow), ("a", underflow), ("e", underflow), ("t", underflow),
      ("l", underflow), ("d", underflow), ("R", underflow), ("b", underflow), ("Q", underflow),
      ("0", underflow), ("1", underflow), ("2", underflow), ("h\u{1}", "memo 1 is out of range"),
      ("(.", underflow), ("}(Nu", "expected a dictionary, keys and values"), ("]s", underflow),
      ("NNs", underflow), ("NNR", "expected a function and its arguments"), (")b", underflow),
      ("K", "pickle cut short"),
    ]
    for (text, reason) in cases { expect(Pickle.torch(Array(text.utf8)), failsWith: reason) }
    // EXT1, INST, OBJ, PERSID, NEXT_BUFFER, READONLY_BUFFER, and codes that do not exist.
    for code: UInt8 in [0x82, 0x69, 0x6f, 0x50, 0x97, 0x98, 0, 0xff] {
      expect(Pickle.torch([code]), failsWith: "pickle opcode 0x\(String(code, radix: 16)) at offset")
    }
  }

  @Test func setItemOnWhatIsNoDictionary() {
    let tensor = Pickle.tensor(storage: Pickle.storage("0", count: 1), shape: [1], strides: [1])
    for target in [tensor, Array("N".utf8), Array(")".utf8), Array("]".utf8), Pickle.text("x")] {
      expect(
        Pickle.torch(target + Pickle.text("k") + Array("Ns".utf8)),
        failsWith: "expected a dictionary, keys and values")
    }
  }

  @Test func claimsOfTerabytes() {
    for code: UInt8 in [0x8d, 0x8e] {
      expect(Pickle.torch([code] + little(UInt64(1) << 40)), failsWith: "pickle cut short")
      expect(Pickle.torch([code] + little(UInt64.max)), failsWith: "pickle cut short")
    }
    expect(Pickle.torch(Array("X".utf8) + little(UInt32.max)), failsWith: "pickle cut short")
  }

  @Test func memoBombs() {
    // Lists that contain the previous list twice, 60 levels deep: small as a graph, 2^60 elements if expanded.
    var bomb = Array("]q\u{0}".utf8)
    for index in 1..<60 {
      bomb +=
        Array("](h".utf8) + [UInt8(index - 1), 0x68, UInt8(index - 1)] + Array("eq".utf8) + [UInt8(index)]
    }
    #expect(defect(Pickle.torch(bomb)) == .noStateDict)
    // A dictionary that contains itself.
    let ring = Array("}q\u{0}".utf8) + Pickle.text("model") + Array("h\u{0}s".utf8)
    #expect(defect(Pickle.torch(ring)) == .noStateDict)
    // A long list that is copied into a dictionary again and again; a long tuple of arguments likewise.
    let pair = Pickle.text("k") + Array("N".utf8) + [0x86]
    let list = Array("](".utf8) + (0..<1000).flatMap { _ in pair } + Array("e".utf8)
    let arguments = list + [0x85] + Array("q\u{1}0".utf8)
    let call = Pickle.global("collections", "OrderedDict") + Array("h\u{1}R0".utf8)
    expect(
      Pickle.torch(arguments + (0..<1000).flatMap { _ in call } + Array("}".utf8)),
      failsWith: "expected fewer values than bytes")
    expect(
      Pickle.torch(Array("Nr".utf8) + little(UInt32.max)), failsWith: "memo 4294967295 is out of range")
  }

  @Test(
    "300,000 levels deep",
    arguments: [
      ("]", "no state dict"), ("(", "nested deeper than the limit of"), ("}", "no state dict"),
      (")", "no state dict"),
    ])
  func deepPickles(opener: String, reason: String) {
    let open = Array(String(repeating: opener, count: 300_000).utf8)
    expect(Pickle.torch(open), failsWith: reason)
    expect(Pickle.legacy(open, keys: [], storages: []), failsWith: reason)
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
    #expect(defect([0x1f, 0x8b, 8, 0]) == .gzip)
    let big = ZipWriter(members: [
      .init(name: "a/data.pkl", content: Pickle.whole([])),
      .init(name: "a/byteorder", content: Array("big".utf8)),
    ])
    #expect(defect(big.bytes) == .byteOrder(Label("big")))
  }

  @Test func namesCannotForgeMessages() throws {
    let name = "\u{1b}[31mred\nline" + String(repeating: "x", count: 10_000)
    let tensor = Pickle.tensor(storage: Pickle.storage("7", count: 1), shape: [2], strides: [1])
    let bytes = Pickle.torch(Pickle.dictionary([(name, tensor)]), storages: [("7", Self.one)])
    let text = "\(try #require(defect(bytes)))"
    #expect(!text.contains("\u{1b}") && !text.contains("\n") && text.count < 300)
  }
}
