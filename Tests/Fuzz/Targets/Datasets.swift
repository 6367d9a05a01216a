import Datasets
import Files
import Glibc
import Inputs
import Support

extension FuzzTarget {
  /// Data sets: the files of each kind, folders, tables and lists.
  static let datasets: [FuzzTarget] = [
    FuzzTarget("idx-images", longest: 1 << 12) { try openIDX(images: $0, labels: IDX.labels([3, 9])) },
    FuzzTarget("idx-labels", longest: 1 << 10) { try openIDX(images: twoImages, labels: $0) },
    // A few records: the parser reads one like the other.
    FuzzTarget("cifar10", longest: 1 << 13) { bytes in
      try inFolder { folder in
        for name in ["data_batch_1.bin", "test_batch.bin", "batches.meta.txt"] {
          try folder.write(bytes, to: name)
        }
        try readAll(Dataset.open(folder.path))
      }
    },
    FuzzTarget("cifar100", longest: 1 << 13) { bytes in
      try inFolder { folder in
        for name in ["train.bin", "test.bin", "fine_label_names.txt"] { try folder.write(bytes, to: name) }
        try readAll(Dataset.open(folder.path))
      }
    },
    FuzzTarget("cifar10-python", longest: 1 << 13) { bytes in
      try inFolder { folder in
        for name in ["data_batch_1", "test_batch", "batches.meta"] { try folder.write(bytes, to: name) }
        try readAll(Dataset.open(folder.path))
      }
    },
    FuzzTarget("array-archive", longest: 1 << 12) { bytes in
      try inFolder { folder in
        try readAll(Dataset.open(folder.write(withoutMemberChecksums(bytes), to: "arrays.npz")))
      }
    },
    FuzzTarget("image-table", longest: 1 << 11) { bytes in
      try inFolder { try readAll(Dataset.open($0.write(bytes, to: "images.csv"))) }
    },
    FuzzTarget("image-folder", longest: 1 << 10) { bytes in
      try inFolder { folder in
        for line in bytes.split(separator: 0x0a).prefix(32) { create(line, in: folder.path) }
        attempt { try readAll(Dataset.open(folder.path)) }
        attempt { try readAll(Dataset.open(folder.path).divided(HeldOutImages(fraction: 0.5))) }
        walk(ImageList([folder.path]), atMost: 4096)
      }
    },
    FuzzTarget("path-list", longest: 1 << 13) { bytes in
      // A list that could name folders outside would make the walk leave the input behind.
      let list = bytes.map { $0 == UInt8(ascii: "/") ? UInt8(ascii: "_") : $0 }
      for separator in [ImageList.Separator.newline, .nul] {
        try inFolder { folder in
          let descriptor = open(try folder.write(list, to: "list"), O_RDONLY)
          defer { close(descriptor) }
          walk(ImageList(["-"], separator: separator, list: descriptor), atMost: bytes.count + 4096)
        }
      }
    },
  ]

  /// Two images of 2 × 3 pixels.
  private static let twoImages = IDX.images([UInt8](repeating: 7, count: 12), height: 2, width: 3)

  private static func openIDX(images: [UInt8], labels: [UInt8]) throws {
    try inFolder { folder in
      try folder.write(images, to: "train-images-idx3-ubyte")
      try folder.write(labels, to: "train-labels-idx1-ubyte")
      try folder.write(twoImages, to: "t10k-images-idx3-ubyte")
      try folder.write(IDX.labels([0, 1]), to: "t10k-labels-idx1-ubyte")
      try readAll(Dataset.open(folder.path))
    }
  }

  /// Looks at every image of a data set without decoding it.
  private static func readAll(_ data: Dataset) throws {
    for split in data.splits.keys {
      let images = try data.images(of: split)
      for index in 0..<images.count {
        precondition(data.classNames.indices.contains(images.label(index)), "a label without a name")
        if case .raster(let raster) = images.source(index) {
          precondition(raster.pixels.count == raster.height * raster.width * raster.channels)
        }
      }
    }
  }

  /// Takes every path of a list, errors included.
  private static func walk(_ list: ImageList, atMost limit: Int) {
    var list = list
    var isAtEnd = false
    var count = 0
    while !isAtEnd {
      attempt { isAtEnd = try list.next() == nil }
      count += 1
      precondition(count <= limit, "the walk does not end")
    }
  }

  /// Creates what a line says: `a/b.png` a file, `a/b/` a folder, `a/b@c` a link to the entry `c` of `root`.
  private static func create(_ line: ArraySlice<UInt8>, in root: String) {
    let parts = line.split(separator: UInt8(ascii: "@"), maxSplits: 1)
    guard let path = parts.first else { return }
    let names = path.split(separator: UInt8(ascii: "/")).filter(isName)
    var place = FilePath(root)
    let isFolder = line.last == UInt8(ascii: "/")
    for (index, name) in names.enumerated() {
      place = place.appending(Array(name))
      if index + 1 < names.count || isFolder { _ = place.withCString { mkdir($0, 0o700) } }
    }
    guard !names.isEmpty, !isFolder else { return }
    if parts.count > 1, isName(parts[1]), !parts[1].contains(UInt8(ascii: "/")) {
      _ = FilePath(root).appending(Array(parts[1])).withCString { target in
        place.withCString { symlink(target, $0) }
      }
    } else {
      let descriptor = place.withCString { open($0, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600) }
      if descriptor >= 0 { close(descriptor) }
    }
  }

  /// Whether bytes can be the name of an entry; `..` would lead out of the folder.
  private static func isName(_ bytes: ArraySlice<UInt8>) -> Bool {
    !bytes.isEmpty && bytes.count <= 64 && !bytes.contains(0) && !bytes.elementsEqual("..".utf8)
  }
}
