import Files
import Glibc

extension Dataset {
  /// Where Debian's package `dataset-fashion-mnist` puts its files.
  package static let debianFashionMNIST = "/usr/share/datasets/fashion-mnist"

  /// The data set that `--data` names: `fashion-mnist`, or a folder.
  ///
  /// A folder is told by what is in it: IDX files, batches of CIFAR, or `train` and `val` (or `test`)
  /// with a folder for each class.
  package static func open(_ name: String) throws(DatasetError) -> Dataset {
    if name == "fashion-mnist", !ImageFolder.isFolder(name) { return try idx(debianFashionMNIST) }
    guard ImageFolder.isFolder(name) else { throw .file(.notFound(path: name)) }
    if file("train-images-idx3-ubyte", in: name) != nil { return try idx(name) }
    for folder in [name, name + "/cifar-10-batches-bin", name + "/cifar-100-binary"] {
      if exists(folder + "/data_batch_1.bin") { return try cifar10(folder) }
      if exists(folder + "/train.bin") { return try cifar100(folder) }
    }
    if ImageFolder.isFolder(name + "/train") { return try folders(name) }
    throw .notADataset(folder: name)
  }

  private static func idx(_ folder: String) throws(DatasetError) -> Dataset {
    func path(_ name: String) throws(DatasetError) -> String {
      guard let path = file(name, in: folder) else { throw .missing(folder: folder, name: name) }
      return path
    }
    let train = try IDX.read(
      images: path("train-images-idx3-ubyte"), labels: path("train-labels-idx1-ubyte"), classes: 10)
    let testImages = try path("t10k-images-idx3-ubyte")
    let test = try IDX.read(images: testImages, labels: path("t10k-labels-idx1-ubyte"), classes: 10)
    guard test.height == train.height, test.width == train.width else {
      throw .wrongExtents(
        path: testImages, expected: "images of \(train.height)x\(train.width)",
        found: "\(test.height)x\(test.width)")
    }
    let isFashion = folder.contains("fashion")
    return Dataset(
      name: isFashion ? "fashion-mnist" : folder,
      classNames: isFashion ? fashionClasses : (0..<10).map(String.init), train: train, test: test,
      fixedSize: train.fixedSize)
  }

  private static func cifar10(_ folder: String) throws(DatasetError) -> Dataset {
    let train = try CIFAR.read(
      (1...5).map { "\(folder)/data_batch_\($0).bin" }.filter(exists), labelBytes: 1, classes: 10)
    let test = try CIFAR.read([folder + "/test_batch.bin"], labelBytes: 1, classes: 10)
    return try Dataset(
      name: folder, classNames: names(folder + "/batches.meta.txt", count: 10), train: train, test: test,
      fixedSize: train.fixedSize)
  }

  private static func cifar100(_ folder: String) throws(DatasetError) -> Dataset {
    let train = try CIFAR.read([folder + "/train.bin"], labelBytes: 2, classes: 100)
    let test = try CIFAR.read([folder + "/test.bin"], labelBytes: 2, classes: 100)
    return try Dataset(
      name: folder, classNames: names(folder + "/fine_label_names.txt", count: 100), train: train, test: test,
      fixedSize: train.fixedSize)
  }

  private static func folders(_ folder: String) throws(DatasetError) -> Dataset {
    let classes = try ImageFolder.classes(in: folder + "/train")
    guard let tests = ["val", "test"].map({ folder + "/" + $0 }).first(where: ImageFolder.isFolder) else {
      throw .missing(folder: folder, name: "val (or test)")
    }
    for name in try ImageFolder.classes(in: tests) where !classes.contains(name) {
      throw .unknownClass(folder: tests, name: name)
    }
    return try Dataset(
      name: folder, classNames: classes, train: ImageFolder(folder + "/train", classes: classes),
      test: ImageFolder(tests, classes: classes), fixedSize: nil)
  }

  /// One name a line; numbers where there is no such file or it has another number of lines.
  private static func names(_ path: String, count: Int) throws(DatasetError) -> [String] {
    let numbers = (0..<count).map(String.init)
    guard exists(path) else { return numbers }
    let text = String(decoding: try PossiblyCompressedFile.read(path: path), as: UTF8.self)
    let lines = text.split(whereSeparator: \.isNewline).map(String.init)
    return lines.count == count ? lines : numbers
  }

  /// The path of a file that may be gzipped; MNIST also goes around with a dot in the name.
  private static func file(_ name: String, in folder: String) -> String? {
    let dotted = name.replacingLast("-", with: ".", before: "idx")
    return [name, name + ".gz", dotted, dotted + ".gz"].map { folder + "/" + $0 }.first(where: exists)
  }

  private static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  private static let fashionClasses = [
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
  ]
}

extension String {
  /// `train-images-idx3` with the separator before `word` exchanged: `train-images.idx3`.
  fileprivate func replacingLast(_ separator: Character, with other: Character, before word: String) -> String
  {
    let parts = split(separator: separator).map(String.init)
    guard let place = parts.firstIndex(where: { $0.hasPrefix(word) }), place > 0 else { return self }
    return parts[..<place].joined(separator: String(separator)) + String(other)
      + parts[place...].joined(separator: String(separator))
  }
}
