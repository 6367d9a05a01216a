import Files
import Glibc

extension Dataset {
  /// The folder of Debian's package `dataset-fashion-mnist`.
  package static let debianFashionMNIST = "/usr/share/datasets/fashion-mnist"

  /// The data set that `--data` names: `fashion-mnist`, a folder, or a table of images in a `.csv` file.
  ///
  /// A folder is recognized by its content: IDX files (also in `raw` or `MNIST/raw`, like torchvision's), CIFAR
  /// batches, `train` with `val` and `test`, each with one folder per class, or the class folders themselves.
  package static func open(_ name: String) throws(DatasetError) -> Dataset {
    if name == "fashion-mnist", !ImageFolder.isFolder(name) { return try idx(debianFashionMNIST) }
    if name.hasSuffix(".csv"), !ImageFolder.isFolder(name) { return try ImageTable.read(name) }
    guard ImageFolder.isFolder(name) else { throw .file(.notFound(path: name)) }
    for folder in ["", "/raw", "/MNIST/raw", "/FashionMNIST/raw"].map({ name + $0 })
    where file("train-images-idx3-ubyte", in: folder) != nil {
      return try idx(folder)
    }
    for folder in [name, name + "/cifar-10-batches-bin", name + "/cifar-100-binary"] {
      if exists(folder + "/data_batch_1.bin") { return try cifar10(folder) }
      if exists(folder + "/train.bin") { return try cifar100(folder) }
    }
    if ImageFolder.isFolder(name + "/train") { return try splitFolders(name) }
    return try classFolders(name)
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
    let known = KnownIDX(test: test)
    return Dataset(
      name: known == .fashionMNIST ? "fashion-mnist" : folder,
      classNames: known == .fashionMNIST ? fashionClasses : (0..<10).map(String.init),
      splits: [.train: train, .test: test], fixedSize: train.fixedSize)
  }

  private static func cifar10(_ folder: String) throws(DatasetError) -> Dataset {
    let batches = (1...5).map { "data_batch_\($0).bin" }
    // People try things out with some of the batches.
    let missing = batches.filter { !exists(folder + "/" + $0) }
    let train = try CIFAR.read(
      batches.filter { !missing.contains($0) }.map { folder + "/" + $0 }, labelBytes: 1, classes: 10)
    let test = try CIFAR.read([path("test_batch.bin", in: folder)], labelBytes: 1, classes: 10)
    return try Dataset(
      name: folder, classNames: names(folder + "/batches.meta.txt", count: 10),
      splits: [.train: train, .test: test],
      fixedSize: train.fixedSize, missing: missing)
  }

  private static func cifar100(_ folder: String) throws(DatasetError) -> Dataset {
    let train = try CIFAR.read([folder + "/train.bin"], labelBytes: 2, classes: 100)
    let test = try CIFAR.read([path("test.bin", in: folder)], labelBytes: 2, classes: 100)
    return try Dataset(
      name: folder, classNames: names(folder + "/fine_label_names.txt", count: 100),
      splits: [.train: train, .test: test],
      fixedSize: train.fixedSize)
  }

  /// `train` with `val` or `test` or both.
  private static func splitFolders(_ folder: String) throws(DatasetError) -> Dataset {
    let classes = try ClassFolder.all(in: folder + "/train")
    guard classes.count > 1 else { throw .tooFewClasses(folder: folder + "/train", found: classes.count) }
    var splits: [DataSplit: ImageFolder] = [:]
    splits[.train] = try ImageFolder(folder + "/train", classes: classes)
    for split in [DataSplit.val, .test] where ImageFolder.isFolder("\(folder)/\(split.rawValue)") {
      let path = "\(folder)/\(split.rawValue)"
      splits[split] = try ImageFolder(path, classes: ClassFolder.matching(classes, in: path))
    }
    guard splits.count > 1 else { throw .missing(folder: folder, name: "val (or test)") }
    var skipped = SkippedFiles()
    for images in splits.values { skipped.add(images.skipped) }
    return Dataset(
      name: folder, classNames: classes.map(\.name), splits: splits, fixedSize: nil, skipped: skipped)
  }

  /// Class folders without splits.
  private static func classFolders(_ folder: String) throws(DatasetError) -> Dataset {
    let classes = try ClassFolder.all(in: folder)
    guard !classes.isEmpty else { throw .notADataset(folder: folder) }
    let images: ImageFolder
    do throws(DatasetError) { images = try ImageFolder(folder, classes: classes) } catch {
      if case .input(.noImages) = error { throw .notADataset(folder: folder) }
      throw error
    }
    return Dataset(
      name: folder, classNames: classes.map(\.name), splits: [.all: images], fixedSize: nil,
      skipped: images.skipped)
  }

  private static func path(_ name: String, in folder: String) throws(DatasetError) -> String {
    let path = folder + "/" + name
    guard exists(path) else { throw .missing(folder: folder, name: name) }
    return path
  }

  /// The lines of a file of names; numbers, if the file is missing or has another number of lines.
  private static func names(_ path: String, count: Int) throws(DatasetError) -> [String] {
    let numbers = (0..<count).map(String.init)
    guard exists(path) else { return numbers }
    let text = String(decoding: try PossiblyCompressedFile.read(path: path), as: UTF8.self)
    let lines = text.split(whereSeparator: \.isNewline).map(String.init)
    return lines.count == count ? lines : numbers
  }

  /// The path of a file that may be gzipped; copies of MNIST with a dot in the name exist, too.
  private static func file(_ name: String, in folder: String) -> String? {
    let dotted = name.replacingLast("-", with: ".", before: "idx")
    return [name, name + ".gz", dotted, dotted + ".gz"].map { folder + "/" + $0 }.first(where: exists)
  }

  private static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  private static let fashionClasses = [
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
  ]
}

/// IDX files whose content is known, whatever their folder is called.
private enum KnownIDX {
  case fashionMNIST
  case other

  /// SHA-256 of Fashion-MNIST's 10,000 test labels, a byte each.
  private static let fashionTestLabels = "3d0e6c6ea990b53b6f8f500a41cac93881d981b315f84578b7d915342ade01e9"

  init(test: ImagesInMemory) {
    let digest = unsafe test.labels.withUnsafeBytes { unsafe SHA256.digest(of: $0) }
    self = digest == Self.fashionTestLabels ? .fashionMNIST : .other
  }
}

extension String {
  /// `train-images-idx3` with another separator before `word`: `train-images.idx3`.
  fileprivate func replacingLast(_ separator: Character, with other: Character, before word: String) -> String
  {
    let parts = split(separator: separator).map(String.init)
    guard let place = parts.firstIndex(where: { $0.hasPrefix(word) }), place > 0 else { return self }
    return parts[..<place].joined(separator: String(separator)) + String(other)
      + parts[place...].joined(separator: String(separator))
  }
}
