import CZlib
import Datasets
import Files
import Foundation
import Glibc
import Inputs
import Support
import TensorCore
import Testing

@Suite struct DatasetTests {
  private func images(_ count: Int, _ height: Int, _ width: Int) -> [UInt8] {
    IDX.images(
      (0..<count * height * width).map { UInt8(truncatingIfNeeded: $0 * 7) }, height: height, width: width)
  }

  private func labels(_ values: [UInt8]) -> [UInt8] { IDX.labels(values) }

  /// gzip with stored blocks, checksum and length, as `gzip -0` would write it.
  private func gzipped(_ bytes: [UInt8]) -> [UInt8] {
    let checksum = bytes.withUnsafeBufferPointer { crc32(0, $0.baseAddress, UInt32($0.count)) }
    func little(_ value: UInt32, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    var blocks: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 65535) {
      let block = bytes[start..<min(start + 65535, bytes.count)]
      let size = UInt16(block.count)
      blocks += [block.endIndex == bytes.count ? 1 : 0] + little(UInt32(size), 2) + little(UInt32(~size), 2)
      blocks += block
    }
    return [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255] + blocks
      + little(UInt32(truncatingIfNeeded: checksum), 4) + little(UInt32(bytes.count), 4)
  }

  /// The four files of a tiny MNIST, some of them replaced.
  private func folder(_ replaced: [String: [UInt8]] = [:], compressed: Bool = false) throws -> TemporaryFolder
  {
    let folder = try TemporaryFolder()
    var files = [
      "train-images-idx3-ubyte": images(6, 4, 5), "train-labels-idx1-ubyte": labels([0, 1, 2, 3, 9, 5]),
      "t10k-images-idx3-ubyte": images(2, 4, 5), "t10k-labels-idx1-ubyte": labels([7, 8]),
    ]
    files.merge(replaced) { $1 }
    for (name, bytes) in files {
      try folder.write(compressed ? gzipped(bytes) : bytes, to: compressed ? name + ".gz" : name)
    }
    return folder
  }

  @Test(arguments: [false, true])
  func readsIDX(compressed: Bool) throws {
    let folder = try folder(compressed: compressed)
    let data = try Dataset.open(folder.path)
    #expect(try data.images(of: .train).count == 6)
    #expect(try data.images(of: .test).count == 2)
    #expect(try data.images(of: .train).label(4) == 9)
    let raster = try data.images(of: .train).source(1).decoded()
    #expect([raster.height, raster.width, raster.channels] == [4, 5, 1] as [Int])
    #expect(raster.pixels == (20..<40).map { UInt8(truncatingIfNeeded: $0 * 7) })
    let size = try #require(data.fixedSize)
    let values = (0..<120).map { Double(UInt8(truncatingIfNeeded: $0 * 7)) / 255 }
    let mean = values.reduce(0, +) / 120
    #expect(abs(Double(size.mean[0]) - mean) < 1e-6)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 120
    #expect(abs(Double(size.deviation[0]) - variance.squareRoot()) < 1e-6)
  }

  /// A file that is larger than the pieces in which it is decompressed, and truncated at their ends.
  @Test func inflatesPieceByPiece() throws {
    let count = 1200
    let content = images(count, 28, 28)
    let files = [
      "train-images-idx3-ubyte": content,
      "train-labels-idx1-ubyte": labels((0..<count).map { UInt8($0 % 10) }),
      "t10k-images-idx3-ubyte": images(2, 28, 28),
    ]
    let folder = try folder(files, compressed: true)
    let data = try Dataset.open(folder.path)
    #expect(try data.images(of: .train).count == count)
    #expect(try data.images(of: .train).source(count - 1).decoded().pixels == Array(content.suffix(784)))
    #expect(data.heldBytes == (count + 2) * 785)
    let whole = gzipped(content)
    for length in [1 << 18, 1 << 19, (1 << 19) + 1, whole.count - 8, whole.count - 1, whole.count + 1] {
      try folder.write(Array((whole + [0]).prefix(length)), to: "train-images-idx3-ubyte.gz")
      #expect("\(length) of \(whole.count) bytes") {
        try Dataset.open(folder.path)
      } throws: {
        if case .damagedGzip? = $0 as? DatasetError { true } else { false }
      }
    }
  }

  @Test func refusesEveryTruncationAndExtension() throws {
    let whole = images(6, 4, 5)
    for length in [0, 3, 4, 15, 16, 100, whole.count - 1] {
      let folder = try folder(["train-images-idx3-ubyte": Array(whole.prefix(length))])
      #expect(throws: DatasetError.self, "\(length) bytes") { try Dataset.open(folder.path) }
    }
    let folder = try folder(["train-images-idx3-ubyte": whole + [0]])
    #expect(
      throws: DatasetError.longerThanStated(
        path: folder.path + "/train-images-idx3-ubyte", stated: 136)
    ) {
      try Dataset.open(folder.path)
    }
  }

  @Test(arguments: [
    [0x803, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff], [0x803, 0, 4, 5], [0x803, 6, 0, 5], [0x801, 6, 4, 5],
    [0x803, 0x7fff_ffff, 1, 1], [0x803, 6, 0x8000_0000, 1],
  ])
  func refusesHostileExtents(words: [Int]) throws {
    let folder = try folder([
      "train-images-idx3-ubyte": words.flatMap { IDX.word($0) } + [UInt8](repeating: 0, count: 120)
    ])
    #expect(throws: DatasetError.self) { try Dataset.open(folder.path) }
  }

  @Test func refusesLabelsThatDoNotFit() throws {
    let short = try folder(["train-labels-idx1-ubyte": labels([0, 1])])
    #expect(throws: DatasetError.self) { try Dataset.open(short.path) }
    let wrong = try folder(["train-labels-idx1-ubyte": labels([0, 1, 2, 3, 10, 5])])
    #expect(
      throws: DatasetError.wrongLabel(
        path: wrong.path + "/train-labels-idx1-ubyte", index: 4, label: 10, classes: 10)
    ) { try Dataset.open(wrong.path) }
  }

  @Test func refusesDamagedGzip() throws {
    let whole = gzipped(images(6, 4, 5))
    for (place, name) in [(20, "content"), (whole.count - 6, "checksum"), (whole.count - 1, "length")] {
      var damaged = whole
      damaged[place] ^= 0x40
      let folder = try folder(["train-images-idx3-ubyte": damaged])
      #expect(throws: DatasetError.self, "\(name)") { try Dataset.open(folder.path) }
    }
    let cut = try folder(["train-images-idx3-ubyte": Array(whole.dropLast(9))])
    #expect(throws: DatasetError.self) { try Dataset.open(cut.path) }
    let extended = try folder(["train-images-idx3-ubyte": whole + [1, 2, 3]])
    #expect(throws: DatasetError.self) { try Dataset.open(extended.path) }
  }

  @Test func readsCIFAR10AndItsPlanes() throws {
    let folder = try TemporaryFolder()
    func record(_ label: UInt8) -> [UInt8] {
      [label] + [1, 2, 3].flatMap { [UInt8](repeating: $0 * 10 + label, count: 1024) }
    }
    try folder.write(record(3) + record(9), to: "data_batch_1.bin")
    for (number, label) in [(2, 4), (3, 1), (4, 2), (5, 7)] as [(Int, UInt8)] {
      try folder.write(record(label), to: "data_batch_\(number).bin")
    }
    try folder.write(record(5), to: "test_batch.bin")
    let data = try Dataset.open(folder.path)
    #expect(try data.images(of: .train).count == 6)
    #expect(try data.images(of: .train).label(2) == 4)
    #expect(try data.images(of: .train).source(1).decoded().pixels.prefix(3) == [19, 29, 39])
    try folder.write(Array(record(4).dropLast()), to: "data_batch_2.bin")
    #expect(throws: DatasetError.self) { try Dataset.open(folder.path) }
    try folder.write(record(10), to: "data_batch_2.bin")
    #expect(throws: DatasetError.self) { try Dataset.open(folder.path) }
    // A set with a file missing says so.
    #expect(data.missing.isEmpty)
    try FileManager.default.removeItem(atPath: folder.path + "/data_batch_3.bin")
    try folder.write(record(4), to: "data_batch_2.bin")
    let smaller = try Dataset.open(folder.path)
    #expect(smaller.missing == ["data_batch_3.bin"])
    #expect(try smaller.images(of: .train).count == 5)
    try FileManager.default.removeItem(atPath: folder.path + "/test_batch.bin")
    #expect(throws: DatasetError.missing(folder: folder.path, name: "test_batch.bin")) {
      try Dataset.open(folder.path)
    }
  }

  @Test func readsTheFineLabelOfCIFAR100() throws {
    let folder = try TemporaryFolder()
    let record: [UInt8] = [19, 99] + [UInt8](repeating: 5, count: 3072)
    try folder.write(record, to: "train.bin")
    try folder.write(record, to: "test.bin")
    #expect(try Dataset.open(folder.path).images(of: .train).label(0) == 99)
  }

  @Test func saysWhatAFolderLacks() throws {
    let folder = try TemporaryFolder()
    #expect(throws: DatasetError.notADataset(folder: folder.path)) { try Dataset.open(folder.path) }
    #expect(throws: DatasetError.file(.notFound(path: folder.path + "/none"))) {
      try Dataset.open(folder.path + "/none")
    }
    try folder.write([1], to: "train/a/x.png")
    #expect(throws: DatasetError.tooFewClasses(folder: folder.path + "/train", found: 1)) {
      try Dataset.open(folder.path)
    }
    try folder.write([1], to: "train/b/x.png")
    #expect(throws: DatasetError.missing(folder: folder.path, name: "val (or test)")) {
      try Dataset.open(folder.path)
    }
    try folder.write([1], to: "val/a/x.png")
    try folder.write([1], to: "val/c/x.png")
    #expect(throws: DatasetError.unknownClass(folder: folder.path + "/val", name: "c")) {
      try Dataset.open(folder.path)
    }
  }

  // MARK: Folders of classes

  /// Files of one byte: what is in an image does not matter before it is read.
  private func images(_ paths: String...) throws -> TemporaryFolder { try images(paths) }

  private func images(_ paths: [String]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for path in paths { try folder.write([1], to: path) }
    return folder
  }

  @Test func trainValAndTestAreThreeSplits() throws {
    let folder = try images(
      "train/a/1.png", "train/a/2.png", "train/b/1.png", "val/a/1.png", "test/a/1.png", "test/b/1.png",
      "test/b/2.png")
    let data = try Dataset.open(folder.path)
    #expect(data.classNames == ["a", "b"])
    let counts: [DataSplit: Int] = data.splits.mapValues { $0.count }
    let expected: [DataSplit: Int] = [.train: 3, .val: 1, .test: 3]
    #expect(counts == expected)
    #expect(data.validationSplit == .val && data.evaluationSplit == .test)
    #expect(throws: DatasetError.noSplit(folder: folder.path, asked: .all, found: [.train, .val, .test])) {
      try data.images(of: .all)
    }
  }

  @Test func aFolderOfClassesIsOneSplitThatCanBeDivided() throws {
    let folder = try images(
      (0..<10).flatMap { ["a/\($0).png", "b/x/\($0).JPG"] } + ["__MACOSX/c/1.png", ".b/1.png"])
    let data = try Dataset.open(folder.path)
    #expect(data.classNames == ["a", "b"])
    #expect(try data.splits.count == 1 && data.images(of: .all).count == 20)
    #expect(data.evaluationSplit == .all)
    let divided = try data.divided(HeldOutImages(fraction: 0.2))
    let (train, validation) = (try divided.images(of: .train), try divided.images(of: .val))
    #expect(train.count == 16 && validation.count == 4)
    #expect((0..<4).map { validation.label($0) } == [0, 0, 1, 1])
    #expect(throws: DatasetError.alreadyDivided(folder: folder.path)) {
      try divided.divided(HeldOutImages(fraction: 0.5))
    }
    let small = try images("a/1.png", "b/1.png", "b/2.png")
    #expect(throws: DatasetError.tooFewImages(folder: small.path, className: "a")) {
      try Dataset.open(small.path).divided(HeldOutImages(fraction: 0.5))
    }
  }

  /// Which images are held out depends on the seed and the names of files, by SHA-256 of both.
  @Test func fileNamesDecideWhatIsHeldOut() throws {
    let folder = try images((0..<20).flatMap { ["a/\($0).png", "b/x/\($0).JPG"] })
    func heldOut(_ place: String, seed: UInt64) throws -> Set<String> {
      let images = try Dataset.open(place).divided(HeldOutImages(fraction: 0.25, seed: seed)).images(of: .val)
      return Set(
        (0..<images.count).compactMap { index in
          guard case .file(let path) = images.source(index) else { return nil }
          return path.text.split(separator: "/").suffix(2).joined(separator: "/")
        })
    }
    let found = try heldOut(folder.path, seed: 7)
    let expected = [("a", ".png"), ("x", ".JPG")].flatMap { folder, suffix in
      let names = (0..<20).map { "\($0)\(suffix)" }
      let ranked = names.sorted { one, other in
        func digest(_ name: String) -> String {
          Array("7 \(name)".utf8).withUnsafeBytes { SHA256.digest(of: $0) }
        }
        return digest(one) < digest(other)
      }
      return ranked.prefix(5).map { "\(folder)/\($0)" }
    }
    #expect(found == Set(expected))
    #expect(try heldOut(folder.path, seed: 8) != found)
    // Listed from the last to the first, and with other images between them.
    let lines = (0..<20).reversed().flatMap { ["a/\($0).png,a", "b/x/\($0).JPG,b"] }
    try folder.write(Array(lines.joined(separator: "\n").utf8), to: "list.csv")
    #expect(try heldOut(folder.path("list.csv"), seed: 7) == found)
  }

  @Test func classesMeetAcrossUnicodeForms() throws {
    let folder = try images(
      "train/caf\u{e9}/1.png", "train/z/1.png", "val/cafe\u{301}/1.png", "val/cafe\u{301}/2.png")
    let data = try Dataset.open(folder.path)
    let validation = try data.images(of: .val)
    #expect(validation.count == 2)
    #expect(data.classNames[validation.label(0)] == "caf\u{e9}")
    let twice = try images("caf\u{e9}/1.png", "cafe\u{301}/1.png")
    #expect(throws: DatasetError.self) { try Dataset.open(twice.path) }
  }

  @Test func aFolderNameThatIsNoUTF8IsAnError() throws {
    let folder = try images("a/1.png", "b/1.png")
    let name: [CChar] =
      (folder.path + "/caf").utf8.map { CChar(bitPattern: $0) } + [CChar(bitPattern: 0xe9), 0]
    #expect(mkdir(name, 0o755) == 0)
    #expect(throws: DatasetError.unreadableName(folder: folder.path, name: "caf\u{fffd}")) {
      try Dataset.open(folder.path)
    }
  }

  @Test func aCopyOfFashionMNISTIsKnownByItsContent() throws {
    let source = Dataset.debianFashionMNIST
    guard FileManager.default.fileExists(atPath: source) else { return }
    let folder = try TemporaryFolder()
    for name in try FileManager.default.contentsOfDirectory(atPath: source) where name.contains("ubyte") {
      try FileManager.default.createSymbolicLink(
        atPath: folder.path + "/" + name, withDestinationPath: source + "/" + name)
    }
    #expect(try Dataset.open(folder.path).name == "fashion-mnist")
    // Digits under a path with "fashion" in it keep their names.
    let digits = try self.folder()
    try FileManager.default.createDirectory(
      atPath: digits.path + "/old-fashioned", withIntermediateDirectories: true)
    for name in ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"] {
      try FileManager.default.moveItem(
        atPath: "\(digits.path)/\(name)-ubyte", toPath: "\(digits.path)/old-fashioned/\(name)-ubyte")
    }
    let names = try Dataset.open(digits.path + "/old-fashioned").classNames
    #expect(names == (0..<10).map { "\($0)" })
  }
}

@Suite struct ClassMatchTests {
  @Test func namesDecideNotPlaces() throws {
    let match = try ClassMatch(
      ["horse", "cat"], with: [["bird", "cat", "horse"]], outputs: 3, isBinding: true)
    #expect(match.outputs == [2, 1] && !match.isByOrder)
  }

  @Test func anyVocabularyWillDo() throws {
    let match = try ClassMatch(
      ["n02", "n01"], with: [["tench", "goldfish"], ["n01", "n02"]], outputs: 2, isBinding: false)
    #expect(match.outputs == [1, 0] && !match.isByOrder)
  }

  @Test func anUnknownClassIsRefused() {
    #expect(throws: ClassMatchError.unknownClass(name: "dog", known: ["bird", "cat"])) {
      try ClassMatch(["bird", "dog"], with: [["bird", "cat"]], outputs: 2, isBinding: true)
    }
  }

  @Test func withoutNamesInCommonTheOrderCountsIfTheNumberAgrees() throws {
    let match = try ClassMatch(["x", "y"], with: [["bird", "cat"]], outputs: 2, isBinding: false)
    #expect(match.outputs == [0, 1] && match.isByOrder)
    #expect(throws: ClassMatchError.otherNumber(classes: 1, outputs: 2)) {
      try ClassMatch(["x"], with: [["bird", "cat"]], outputs: 2, isBinding: false)
    }
    #expect(try ClassMatch(["x"], with: [], outputs: 1000, isBinding: false).outputs == [0])
  }

  /// "crane" is a bird and a machine.
  @Test func aNameOfTwoOutputsMatchesNeither() {
    #expect(throws: ClassMatchError.unknownClass(name: "crane", known: ["crane", "crane", "cat"])) {
      try ClassMatch(["crane"], with: [["crane", "crane", "cat"]], outputs: 3, isBinding: true)
    }
  }

  /// Tables of paths and classes, with and without a header.
  @Test func imagesInATable() throws {
    let folder = try TemporaryFolder()
    for name in ["a.png", "b, c.png", "sub/d.png"] {
      let image = Raster(height: 2, width: 3, channels: 1, filledWith: UInt8(name.utf8.count))
      try folder.write(image.png(for: name), to: name)
    }
    func open(_ text: String) throws -> Dataset {
      try Dataset.open(folder.write(text, to: "images.csv"))
    }
    let plain = try open("a.png,dog\n\"b, c.png\",cat\r\n\n\(folder.path)/sub/d.png,\"a \"\"dog\"\"\"\n")
    #expect(plain.classNames == ["a \"dog\"", "cat", "dog"])
    let images = try plain.images(of: .all)
    #expect((0..<images.count).map(images.label) == [2, 1, 0])
    for (index, length) in [5, 8, 9].enumerated() {
      #expect(try images.source(index).decoded().pixels.first == UInt8(length))
    }
    let named = try open("\u{feff}Label,split,Path\ndog,train,a.png\ncat,train,sub/d.png\ncat,val,a.png")
    #expect(named.classNames == ["cat", "dog"])
    #expect(try named.images(of: .train).count == 2 && named.images(of: .val).count == 1)
    for (text, line) in [("a.png\n", 1), ("a.png,dog\n,cat\n", 2), ("path,label,split\na.png,dog,all", 2)] {
      do {
        _ = try open(text)
        Issue.record("read \(text)")
      } catch let error as DatasetError { #expect("\(error)".contains("line \(line): ")) }
    }
    #expect(throws: DatasetError.self) { try open("a.png,\"dog\n") }
    #expect(throws: DatasetError.self) { try open("") }
  }
}
