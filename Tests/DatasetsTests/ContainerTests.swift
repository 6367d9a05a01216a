import CZlib
import Datasets
import Foundation
import Inputs
import Support
import TensorCore
import Testing
import Weights

/// Data sets in the containers that Python users have: pickled batches, NumPy archives, gzip; and the folders around them.
@Suite struct ContainerTests {
  private static let fixtures = Repository.root.path + "/Tests/DatasetsTests/Fixtures"

  /// What `make_batches.py` puts into image `i` of a batch, with the channels of a pixel together.
  private func cifarImage(_ i: Int) -> [UInt8] {
    (0..<1024).flatMap { pixel in
      (0..<3).map { channel in
        let j = 1024 * channel + pixel
        return UInt8(truncatingIfNeeded: 7 * i + 3 * j + j / 1024)
      }
    }
  }

  // MARK: Pickled batches

  /// One batch is in the form of Python 2, the others are in four protocols of Python 3.
  @Test func readsPickledCIFAR10() throws {
    let data = try Dataset.open(Self.fixtures + "/cifar-10-batches-py")
    let train = try data.images(of: .train)
    #expect(train.count == 10)
    #expect(data.missing.isEmpty)
    for index in 0..<10 {
      #expect(train.label(index) == [1, 4][index % 2])
      #expect(try train.source(index).decoded().pixels == cifarImage(index % 2), "image \(index)")
    }
    let test = try data.images(of: .test)
    #expect(test.count == 1 && test.label(0) == 1)
    #expect(data.classNames.prefix(3) == ["airplane", "automobile", "bird"])
    #expect(data.classNames.count == 10)
  }

  /// Protocol 0 of Python 2 and 3, protocol 1, and arrays in Fortran's order.
  @Test func readsOtherFormsOfPickles() throws {
    let data = try Dataset.open(Self.fixtures + "/cifar-10-other-forms")
    let train = try data.images(of: .train)
    #expect(train.count == 10)
    for index in 0..<10 {
      #expect(train.label(index) == [1, 4][index % 2])
      #expect(try train.source(index).decoded().pixels == cifarImage(index % 2), "image \(index)")
    }
    #expect(try data.images(of: .test).label(0) == 1)
    #expect(data.classNames[9] == "klassé9")
  }

  @Test(arguments: [
    ("S'a", "a string in quotes"), ("S'", "a string in quotes"), ("S'a\\'", "a string in quotes"),
    ("S'\\x1'", "two hexadecimal digits"), ("S'\\q'", "an escape sequence"),
    ("V\\u12", "4 hexadecimal digits"), ("V\\ud800", "a character"), ("V\\U00110000", "a character"),
    ("Np-1", "the number of a memo"), ("Npx", "the number of a memo"), ("g7", "memo 7"),
  ]) func refusesDamagedLines(line: String, expected: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(Array("(\(line)\n.".utf8), to: "data_batch_1")
    #expect {
      try Dataset.open(folder.path)
    } throws: { "\($0)".contains(expected) }
  }

  @Test func readsPickledCIFAR100() throws {
    let data = try Dataset.open(Self.fixtures + "/cifar-100-python")
    let train = try data.images(of: .train)
    #expect((0..<train.count).map(train.label) == [9, 36])
    #expect(try train.source(1).decoded().pixels == cifarImage(1))
    #expect(data.classNames[99] == "class99")
  }

  /// The folder above is what torchvision is given; with several data sets in it, one has to be chosen.
  @Test func theFolderAboveWillDoIfItHoldsOneDataSet() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.copyItem(
      atPath: Self.fixtures + "/cifar-10-batches-py", toPath: folder.path("cifar-10-batches-py"))
    #expect(try Dataset.open(folder.path).name == folder.path("cifar-10-batches-py"))
    let expected = DatasetError.several(
      folder: Self.fixtures, found: ["cifar-10-batches-py", "cifar-100-python"])
    #expect(throws: expected) { try Dataset.open(Self.fixtures) }
  }

  /// Whatever a batch holds instead of arrays and labels is an error, and nothing in it is run.
  @Test func refusesOtherPickles() throws {
    let published = try [UInt8](
      Data(contentsOf: URL(filePath: Self.fixtures + "/cifar-10-batches-py/data_batch_1")))
    func error(_ batch: [UInt8]) throws -> String {
      let folder = try TemporaryFolder()
      try folder.write(batch, to: "data_batch_1")
      try folder.write(published, to: "test_batch")
      do {
        _ = try Dataset.open(folder.path)
        return "none"
      } catch { return "\(error)" }
    }
    func pickle(_ text: String) -> [UInt8] { [0x80, 2] + text.utf8 + [UInt8(ascii: ".")] }
    #expect(try error(pickle("cos\nsystem\n(U\u{4}true")).contains("os.system"))
    #expect(try error(pickle("]")).contains("not a pickled dictionary"))
    #expect(try error(Array("{'data': 1}".utf8)).contains("not a pickled dictionary"))
    #expect(try error([]).contains("not a pickled dictionary"))
    #expect(try error(pickle("}")).contains("'data'"))
    // Every cut is noticed.
    for count in [100, 200, 3000, published.count - 1] {
      #expect(try error(Array(published.prefix(count))).contains("data_batch_1"), "\(count) bytes")
    }
    // An array that has fewer bytes than its shape says.
    let shape = Array("M".utf8) + [0, 12]
    var wide = published
    let place = try #require(wide.indices.first { wide[$0...].starts(with: shape) })
    wide[place + 1] = 1
    #expect(try error(wide).contains("'data'"))
  }

  @Test func labelsHaveToFitTheClasses() throws {
    let batch = try Data(contentsOf: URL(filePath: Self.fixtures + "/cifar-10-batches-py/data_batch_1"))
    var bytes = [UInt8](batch)
    let labels = Array("](K".utf8) + [1] + Array("K".utf8) + [4]
    let place = try #require(bytes.indices.first { bytes[$0...].starts(with: labels) })
    bytes[place + 5] = 10
    let folder = try TemporaryFolder()
    try folder.write(bytes, to: "data_batch_1")
    let expected = DatasetError.wrongLabel(
      path: folder.path("data_batch_1"), index: 1, label: 10, classes: 10)
    #expect(throws: expected) { try Dataset.open(folder.path) }
  }

  // MARK: NumPy archives

  @Test(arguments: ["keras", "color", "planes", "medmnist", "floats", "floats255", "int64"])
  func readsArrays(name: String) throws {
    let data = try Dataset.open("\(Self.fixtures)/\(name).npz")
    #expect(data.classNames == ["0", "1", "2"])
    #expect(data.whiteOfFloats == ["floats": 1, "floats255": 255][name])
    let channels = name == "color" || name == "planes" ? 3 : 1
    let size = 20 * channels
    for split in name == "medmnist" ? [DataSplit.train, .val, .test] : [.train, .test] {
      let images = try data.images(of: split)
      #expect(images.count == (split == .train ? 6 : 3))
      for index in 0..<images.count {
        let raster = try images.source(index).decoded()
        #expect([raster.height, raster.width, raster.channels] == [4, 5, channels] as [Int])
        let stored = (0..<size).map { UInt8(truncatingIfNeeded: 5 * (index * size + $0)) }
        let expected =
          name == "planes" ? (0..<20).flatMap { pixel in (0..<3).map { stored[20 * $0 + pixel] } } : stored
        #expect(raster.pixels == expected, "\(split) \(index)")
        #expect(images.label(index) == index % 3)
      }
    }
  }

  @Test func refusesValuesThatAreNoBrightness() throws {
    let path = Self.fixtures + "/normalized.npz"
    #expect(throws: DatasetError.wrongRange(path: path, name: "x_train", low: -1, high: 1)) {
      try Dataset.open(path)
    }
    #expect {
      try Dataset.open(Self.fixtures + "/nan.npz")
    } throws: { "\($0)".contains("x_train holds values") }
  }

  // MARK: EMNIST

  /// Two images of 2 × 2, transposed in the file, and a test image.
  private func letters(labels: [UInt8] = [1, 26], in folder: TemporaryFolder, set: String = "letters") throws
  {
    let images = try gzipped(IDX.images([1, 3, 2, 4, 5, 7, 6, 8], height: 2, width: 2))
    try folder.write(images, to: "raw/emnist-\(set)-train-images-idx3-ubyte.gz")
    try folder.write(IDX.labels(labels), to: "raw/emnist-\(set)-train-labels-idx1-ubyte")
    try folder.write(
      IDX.images([9, 11, 10, 12], height: 2, width: 2), to: "raw/emnist-\(set)-test-images-idx3-ubyte")
    try folder.write(IDX.labels([2]), to: "raw/emnist-\(set)-test-labels-idx1-ubyte")
  }

  @Test func readsLettersUpright() throws {
    let folder = try TemporaryFolder()
    try letters(in: folder)
    for name in [folder.path, folder.path("raw"), folder.path("raw/emnist-letters")] {
      let data = try Dataset.open(name)
      #expect(data.classNames.count == 26 && data.classNames[25] == "z")
      let train = try data.images(of: .train)
      #expect((0..<2).map(train.label) == [0, 25])
      #expect(try train.source(0).decoded().pixels == [1, 2, 3, 4])
      #expect(try train.source(1).decoded().pixels == [5, 6, 7, 8])
      #expect(try data.images(of: .test).label(0) == 1)
    }
  }

  @Test func oneOfSeveralSetsIsChosen() throws {
    let folder = try TemporaryFolder()
    try letters(in: folder)
    try letters(in: folder, set: "balanced")
    let raw = folder.path("raw")
    let expected = DatasetError.several(folder: raw, found: ["emnist-balanced", "emnist-letters"])
    #expect(throws: expected) { try Dataset.open(folder.path) }
    #expect("\(expected)".contains("\(raw)/emnist-letters"))
    #expect(try Dataset.open(raw + "/emnist-balanced").classNames.suffix(3) == ["q", "r", "t"])
    #expect(try Dataset.open(raw + "/emnist-letters").classNames.count == 26)
    #expect(throws: DatasetError.self) { try Dataset.open(raw + "/emnist-digits") }
  }

  @Test(arguments: [0, 27] as [UInt8]) func lettersAreCountedFromOne(label: UInt8) throws {
    let folder = try TemporaryFolder()
    try letters(labels: [1, label], in: folder)
    let expected = DatasetError.wrongLabel(
      path: folder.path("raw/emnist-letters-train-labels-idx1-ubyte"), index: 1, label: Int(label),
      classes: 26)
    #expect(throws: expected) { try Dataset.open(folder.path) }
  }

  // MARK: gzip

  private func gzipped(_ bytes: [UInt8]) throws -> [UInt8] {
    let folder = try TemporaryFolder()
    try folder.write(bytes, to: "content")
    #expect(try CommandRun.shell("gzip -9 '\(folder.path("content"))'").status == 0)
    return [UInt8](try Data(contentsOf: URL(filePath: folder.path("content.gz"))))
  }

  private func digits(trainImages: [UInt8], suffix: String) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(trainImages, to: "train-images-idx3-ubyte" + suffix)
    try folder.write(IDX.labels([1, 2]), to: "train-labels-idx1-ubyte")
    try folder.write(
      IDX.images([UInt8](repeating: 9, count: 20), height: 4, width: 5), to: "t10k-images-idx3-ubyte")
    try folder.write(IDX.labels([3]), to: "t10k-labels-idx1-ubyte")
    return folder
  }

  /// 256 MiB of zeros behind two images take no more than the two images: the test's memory is limited to tell.
  @Test func stopsAtTheSizeInTheHeader() throws {
    let content = IDX.images([UInt8](repeating: 7, count: 40), height: 4, width: 5)
    let bomb = try gzipped(content + [UInt8](repeating: 0, count: 1 << 28))
    let folder = try digits(trainImages: bomb, suffix: ".gz")
    let expected = DatasetError.longerThanStated(
      path: folder.path("train-images-idx3-ubyte.gz"), stated: content.count)
    #expect(throws: expected) { try Dataset.open(folder.path) }
    let plain = try digits(trainImages: content + [0], suffix: "")
    #expect(
      throws: DatasetError.longerThanStated(
        path: plain.path("train-images-idx3-ubyte"), stated: content.count)
    ) { try Dataset.open(plain.path) }
  }

  /// `cat a.gz b.gz` is a gzip file.
  @Test func readsConcatenatedMembers() throws {
    let content = IDX.images((0..<40).map { UInt8($0) }, height: 4, width: 5)
    let parts = try gzipped(Array(content[..<7])) + gzipped([]) + gzipped(Array(content[7...]))
    let folder = try digits(trainImages: parts, suffix: ".gz")
    let train = try Dataset.open(folder.path).images(of: .train)
    #expect(try train.source(1).decoded().pixels == (20..<40).map { UInt8($0) })
    let damaged = try digits(trainImages: parts + [0x1f], suffix: ".gz")
    #expect(throws: DatasetError.self) { try Dataset.open(damaged.path) }
  }

  // MARK: Folders and files

  /// Names in upper case, folders in folders, links and what systems leave behind.
  @Test func readsFoldersAsPeopleHaveThem() throws {
    let image = [UInt8](try Data(contentsOf: Repository.root.appending(path: "Models/Samples/t-shirt.png")))
    let folder = try TemporaryFolder()
    for path in ["cat/A.PNG", "cat/deep/deeper/b.Png", "dog/c.JPG", "dog/.hidden.png", "dog/._c.JPG"] {
      try folder.write(image, to: path)
    }
    try folder.write(image, to: "__MACOSX/cat/._A.PNG")
    try folder.write(image, to: ".cache/x.png")
    try folder.write([1], to: "cat/Thumbs.db")
    try folder.write([1], to: "cat/.DS_Store")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("dog/linked.png"), withDestinationPath: folder.path("cat/A.PNG"))
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("mouse"), withDestinationPath: folder.path("dog"))
    let data = try Dataset.open(folder.path)
    #expect(data.classNames == ["cat", "dog", "mouse"])
    #expect(data.skipped.total == 0)
    let images = try data.images(of: .all)
    #expect((0..<images.count).map(images.label) == [0, 0, 1, 1, 2, 2])
    for index in 0..<images.count { #expect(try images.source(index).decoded().width == 320) }
  }

  /// Exports of annotation tools have `valid`, MNIST as images `training` and `testing`.
  @Test(arguments: [
    ["train", "valid", "test"], ["training", "validation", "testing"], ["train", "val", "test"],
  ])
  func splitsHaveSeveralNames(names: [String]) throws {
    let image = [UInt8](try Data(contentsOf: Repository.root.appending(path: "Models/Samples/t-shirt.png")))
    let folder = try TemporaryFolder()
    var table = "path,label,split\n"
    for (index, name) in names.enumerated() {
      for file in 0...index {
        for label in ["a", "b"] {
          try folder.write(image, to: "\(name)/\(label)/\(file).png")
          table += "\(name)/\(label)/\(file).png,\(label),\(name)\n"
        }
      }
    }
    try folder.write(Array(table.utf8), to: "table.csv")
    for data in [try Dataset.open(folder.path), try Dataset.open(folder.path("table.csv"))] {
      #expect(try [DataSplit.train, .val, .test].map { try data.images(of: $0).count } == [2, 4, 6])
    }
  }

  @Test func saysWhatToDoWithOtherFiles() throws {
    let folder = try TemporaryFolder()
    try folder.write([0x1f, 0x8b, 8, 0], to: "cifar-10-python.tar.gz")
    let archive = folder.path("cifar-10-python.tar.gz")
    #expect(throws: DatasetError.notAFolder(path: archive)) { try Dataset.open(archive) }
    #expect("\(DatasetError.notAFolder(path: archive))".contains("unpack"))
    try folder.write(Array("a.png,cat\n".utf8), to: "LIST.CSV")
    #expect(try Dataset.open(folder.path("LIST.CSV")).classNames == ["cat"])
    try folder.write([1, 2, 3], to: "broken.npz")
    #expect {
      try Dataset.open(folder.path("broken.npz"))
    } throws: { "\($0)".contains("broken.npz: not a weight file") }
  }
}
