import Files
import Inputs
import TensorCore
import Weights

/// The file of `infer --save-input`: the network's inputs as a tensor, or as an image, one below the other.
struct SavedInputs {
  private static let largest = 1 << 30

  private let path: String
  private let preprocessor: Preprocessor
  private var count = 0
  private var values: [Float] = []
  private var pixels: [UInt8] = []

  init(path: String, _ preprocessor: Preprocessor) {
    self.path = path
    self.preprocessor = preprocessor
  }

  private var isImage: Bool { path.hasSuffix(".png") }

  /// Adds an input, `[C, H, W]`.
  ///
  /// Throws ``UsageError`` where there are too many to keep.
  mutating func add(_ input: UnsafeBufferPointer<Float>) throws {
    count += 1
    if isImage {
      pixels += unsafe preprocessor.pixels(ofInput: input).pixels
    } else {
      unsafe values.append(contentsOf: input)
    }
    guard pixels.count + 4 * values.count <= SavedInputs.largest else {
      throw UsageError("--save-input: more than 1 GiB of inputs: give fewer images")
    }
  }

  /// Writes the file, unless every image has failed.
  ///
  /// Throws ``FileError``.
  func write() throws(FileError) {
    guard count > 0 else { return }
    let (channels, preprocessing) = (preprocessor.channels, preprocessor.description)
    let (height, width) = (preprocessing.cropHeight, preprocessing.cropWidth)
    if isImage {
      let image = Raster(height: count * height, width: width, channels: channels, pixels: pixels)
      try AtomicFile.write(image.png(for: path), to: path)
    } else {
      try NumPyFile.write(values, shape: [count, channels, height, width], to: path)
    }
  }
}
