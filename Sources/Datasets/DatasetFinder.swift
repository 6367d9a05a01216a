import Files
import Glibc
import Inputs

extension Dataset {
  /// The folder of Debian's package `dataset-fashion-mnist`.
  package static let debianFashionMNIST = "/usr/share/datasets/fashion-mnist"

  /// The data set that `--data` names: `fashion-mnist`, a folder, a table of images in a `.csv` file, or an archive of
  /// arrays in an `.npz` file.
  ///
  /// A set of EMNIST among others is `FOLDER/emnist-letters`.
  /// A folder is recognized by its content: IDX files or CIFAR batches in it or where torchvision keeps them, `train`
  /// with `val` and `test`, each with one folder per class, or the class folders themselves.
  package static func open(_ name: String) throws(DatasetError) -> Dataset {
    guard ImageFolder.isFolder(name) else {
      if name == "fashion-mnist" { return try idx(debianFashionMNIST) }
      if let format = FolderFormat(emnist: name) { return try open(name, as: format) }
      guard exists(name) else { throw .file(.notFound(path: name)) }
      switch FileName.suffix(of: Array(name.utf8)) {
      case "csv": return try ImageTable.read(name)
      case "npz": return try ArrayArchive.read(name)
      default: throw .notAFolder(path: name)
      }
    }
    if let format = FolderFormat(of: name) { return try open(name, as: format) }
    let inner = innerFolders.filter { FolderFormat(of: "\(name)/\($0)") != nil }
    guard inner.count <= 1 else { throw .several(folder: name, found: inner) }
    if let folder = inner.first.map({ "\(name)/\($0)" }), let format = FolderFormat(of: folder) {
      return try open(folder, as: format)
    }
    if let train = folder(of: .train, in: name) { return try splitFolders(name, train: train) }
    return try classFolders(name)
  }

  /// Where downloads put the files below the folder that they are given.
  private static let innerFolders = [
    "raw", "MNIST/raw", "FashionMNIST/raw", "KMNIST/raw", "EMNIST/raw", "gzip", "cifar-10-batches-bin",
    "cifar-100-binary", "cifar-10-batches-py", "cifar-100-python",
  ]

  private static func open(_ folder: String, as format: FolderFormat) throws(DatasetError) -> Dataset {
    switch format {
    case .idx: try idx(folder)
    case .emnist(let folder, let sets): try emnist(folder, sets)
    case .cifar(let files): try cifar(folder, files)
    }
  }

  private static func idx(_ folder: String) throws(DatasetError) -> Dataset {
    let (train, test) = try idx(folder, train: "train", test: "t10k", classes: 10)
    let known = KnownIDX(test: test)
    return Dataset(
      name: known == .fashionMNIST ? "fashion-mnist" : folder,
      classNames: known == .fashionMNIST ? fashionClasses : (0..<10).map(String.init),
      splits: [.train: train, .test: test], fixedSize: train.fixedSize)
  }

  /// One of the sets of EMNIST in a folder, which has to be the only one.
  private static func emnist(_ folder: String, _ sets: [EMNIST]) throws(DatasetError) -> Dataset {
    guard sets.count == 1 else { throw .several(folder: folder, found: sets.map(\.stem)) }
    let (set, stem) = (sets[0], sets[0].stem)
    let classNames = set.classNames
    let (train, test) = try idx(
      folder, train: "\(stem)-train", test: "\(stem)-test", classes: classNames.count,
      firstLabel: set.firstLabel, isTransposed: true)
    return Dataset(
      name: "\(folder)/\(stem)", classNames: classNames, splits: [.train: train, .test: test],
      fixedSize: train.fixedSize)
  }

  /// The images in four IDX files, whose names begin with `train` and `test`.
  private static func idx(
    _ folder: String, train: String, test: String, classes: Int, firstLabel: Int = 0,
    isTransposed: Bool = false
  ) throws(DatasetError) -> (train: ImagesInMemory, test: ImagesInMemory) {
    func path(_ name: String) throws(DatasetError) -> String {
      guard let path = file(name, in: folder) else { throw .missing(folder: folder, name: name) }
      return path
    }
    func read(_ name: String) throws(DatasetError) -> ImagesInMemory {
      try IDX.read(
        images: path("\(name)-images-idx3-ubyte"), labels: path("\(name)-labels-idx1-ubyte"),
        classes: classes, firstLabel: firstLabel, isTransposed: isTransposed)
    }
    let images = (train: try read(train), test: try read(test))
    guard images.test.height == images.train.height, images.test.width == images.train.width else {
      throw .wrongExtents(
        path: try path("\(test)-images-idx3-ubyte"),
        expected: "images of \(images.train.height)x\(images.train.width)",
        found: "\(images.test.height)x\(images.test.width)")
    }
    return images
  }

  private static func cifar(_ folder: String, _ files: CIFARFiles) throws(DatasetError) -> Dataset {
    func images(_ names: [String]) throws(DatasetError) -> ImagesInMemory {
      let paths = names.map { "\(folder)/\($0)" }
      return switch files.form {
      case .binary(let labelBytes): try CIFAR.read(paths, labelBytes: labelBytes, classes: files.classes)
      case .pickled(let labelKey, _):
        try CIFAR.readPickled(paths, labelKey: labelKey, classes: files.classes)
      }
    }
    // People try things out with some of the batches.
    let missing = files.batches.filter { !exists("\(folder)/\($0)") }
    let train = try images(files.batches.filter { !missing.contains($0) })
    guard exists("\(folder)/\(files.test)") else { throw .missing(folder: folder, name: files.test) }
    return try Dataset(
      name: folder, classNames: classNames(folder, files),
      splits: [.train: train, .test: images([files.test])], fixedSize: train.fixedSize, missing: missing)
  }

  /// The names of classes; numbers, if their file is missing or has another number of names.
  private static func classNames(_ folder: String, _ files: CIFARFiles) throws(DatasetError) -> [String] {
    let path = "\(folder)/\(files.names)"
    var names: [String]?
    if exists(path) {
      switch files.form {
      case .binary:
        let text = String(
          decoding: try PossiblyCompressedFile.read(path: path, limit: 1 << 20), as: UTF8.self)
        names = text.split(whereSeparator: \.isNewline).map(String.init)
      case .pickled(_, let nameKey): names = try CIFAR.pickledNames(path, key: nameKey)
      }
    }
    guard let names, names.count == files.classes else { return (0..<files.classes).map(String.init) }
    return names
  }

  /// The folder in `folder` that holds a split, if there is one.
  private static func folder(of split: DataSplit, in folder: String) -> String? {
    split.names.map { "\(folder)/\($0)" }.first(where: ImageFolder.isFolder)
  }

  /// `train` with `val` or `test` or both.
  private static func splitFolders(_ folder: String, train: String) throws(DatasetError) -> Dataset {
    let classes = try ClassFolder.all(in: train)
    guard classes.count > 1 else { throw .tooFewClasses(folder: train, found: classes.count) }
    var splits: [DataSplit: ImageFolder] = [:]
    splits[.train] = try ImageFolder(train, classes: classes)
    for split in [DataSplit.val, .test] {
      guard let path = self.folder(of: split, in: folder) else { continue }
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

  /// The path of a file that may be gzipped; copies of MNIST with a dot in the name exist, too.
  fileprivate static func file(_ name: String, in folder: String) -> String? {
    let dotted = name.replacingLast("-", with: ".", before: "idx")
    return [name, name + ".gz", dotted, dotted + ".gz"].map { folder + "/" + $0 }.first(where: exists)
  }

  fileprivate static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  private static let fashionClasses = [
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
  ]
}

/// A data set in files of its own, which a folder has directly in it.
private enum FolderFormat {
  case idx
  case emnist(folder: String, [EMNIST])
  case cifar(CIFARFiles)

  /// The format of the files in `folder`, or `nil`.
  init?(of folder: String) {
    if Dataset.file("train-images-idx3-ubyte", in: folder) != nil {
      self = .idx
      return
    }
    let sets = EMNIST.allCases.filter { $0.isPresent(in: folder) }
    if !sets.isEmpty {
      self = .emnist(folder: folder, sets)
      return
    }
    // A folder called `train` is not a batch.
    let found = CIFARFiles.all.first { files in
      files.batches.contains { name in
        let path = "\(folder)/\(name)"
        return Dataset.exists(path) && !ImageFolder.isFolder(path)
      }
    }
    guard let found else { return nil }
    self = .cifar(found)
  }

  /// The set of EMNIST that `FOLDER/emnist-letters` names, or `nil`.
  init?(emnist name: String) {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard let set = parts.last.flatMap({ EMNIST(stem: String($0)) }) else { return nil }
    let folder = parts.count > 1 ? parts.dropLast().joined(separator: "/") : "."
    guard set.isPresent(in: folder) else { return nil }
    self = .emnist(folder: folder, [set])
  }
}

extension EMNIST {
  /// Whether `folder` has this set's files.
  fileprivate func isPresent(in folder: String) -> Bool {
    Dataset.file("\(stem)-train-images-idx3-ubyte", in: folder) != nil
  }
}

/// The files of one form of CIFAR.
private struct CIFARFiles {
  enum Form {
    case binary(labelBytes: Int)
    case pickled(labelKey: String, nameKey: String)
  }

  let batches: [String]
  let test: String
  /// The file with the names of the classes.
  let names: String
  let classes: Int
  let form: Form

  static let all = [
    CIFARFiles(
      batches: (1...5).map { "data_batch_\($0).bin" }, test: "test_batch.bin", names: "batches.meta.txt",
      classes: 10, form: .binary(labelBytes: 1)),
    CIFARFiles(
      batches: ["train.bin"], test: "test.bin", names: "fine_label_names.txt", classes: 100,
      form: .binary(labelBytes: 2)),
    CIFARFiles(
      batches: (1...5).map { "data_batch_\($0)" }, test: "test_batch", names: "batches.meta", classes: 10,
      form: .pickled(labelKey: "labels", nameKey: "label_names")),
    CIFARFiles(
      batches: ["train"], test: "test", names: "meta", classes: 100,
      form: .pickled(labelKey: "fine_labels", nameKey: "fine_label_names")),
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
