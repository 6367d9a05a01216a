import TensorCore

/// A tiny MNIST for tests of training: 320 training and 64 test images of 12 × 12, whose class is the row that is bright.
package enum BrightRows {
  /// Writes its files into a folder.
  package static func write(to name: String, in folder: TemporaryFolder) throws {
    let noise = FormulaNoise(name: "rows")
    for (part, count) in [("train", 320), ("t10k", 64)] {
      var pixels: [UInt8] = []
      for at in 0..<count * 144 {
        let isBright = at / 12 % 12 == at / 144 % 10
        pixels.append(UInt8(60 + (isBright ? 100 : 0) + noise[at] * 50))
      }
      try folder.write(IDX.images(pixels, height: 12, width: 12), to: "\(name)/\(part)-images-idx3-ubyte")
      try folder.write(
        IDX.labels((0..<count).map { UInt8($0 % 10) }), to: "\(name)/\(part)-labels-idx1-ubyte")
    }
  }
}
