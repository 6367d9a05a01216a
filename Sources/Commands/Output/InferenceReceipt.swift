import Files
import Inputs
import Session
import TensorCore
import Text
import Zoo

/// The file of `infer --receipt`: what was done to each image before the network saw it.
struct InferenceReceipt {
  private let path: String
  private let head: JSONObject
  private let crop: (height: Int, width: Int)
  /// Digests of the inputs whose results have not come yet.
  private var digests: [String] = []
  private var images: [JSON] = []

  init(path: String, _ bound: BoundNetwork, _ preprocessing: ImagePreprocessing) {
    self.path = path
    crop = (preprocessing.cropHeight, preprocessing.cropWidth)
    let network = bound.network
    head = [
      "schema": "cnnzoo.receipt/1", "model": .string(network.name),
      "set": .array(network.settings.map { .string($0.text) }),
      "weights": [
        "path": bound.weights.path.map(JSON.string) ?? .null,
        "known_by": .string(bound.weights.provenance.rawValue),
        "published": bound.weights.published.map { .string($0.file) } ?? .null,
      ],
      "input_shape": .shape(network.image),
      "preprocessing": [
        "conversion": .string(preprocessing.conversion.name), "resize": .integer(preprocessing.resize),
        "interpolation": .string(preprocessing.interpolation.rawValue),
        "crop_height": .integer(preprocessing.cropHeight), "crop_width": .integer(preprocessing.cropWidth),
        "mean": .array(preprocessing.mean.map(JSON.float)),
        "std": .array(preprocessing.deviation.map(JSON.float)),
      ],
    ]
  }

  /// Adds an input, `[C, H, W]`: its digest is that of its float32 values in little-endian order.
  mutating func add(_ input: UnsafeBufferPointer<Float>) {
    digests.append(unsafe SHA256.digest(of: UnsafeRawBufferPointer(input)))
  }

  /// Adds the results of a batch.
  mutating func add(_ results: [Classifier.ImageResult]) {
    for result in results {
      var object: JSONObject = ["path": .string(result.path)]
      switch result.result {
      case .success(let (image, _)):
        object.append("status", "ok")
        append(image, to: &object)
      case .failure(let error):
        object.append("status", "error")
        object.append("error", .string("\(error)"))
        // Logits that are not finite have an input all the same.
        if case .notFinite = error { object.append("input_sha256", .string(digests.removeFirst())) }
      }
      images.append(.object(object))
    }
  }

  private mutating func append(_ image: PreparedImage, to object: inout JSONObject) {
    object.append("width", .integer(image.size.width))
    object.append("height", .integer(image.size.height))
    if let isInverted = image.isInverted { object.append("inverted", .bool(isInverted)) }
    object.append("resized_width", .integer(image.resized.width))
    object.append("resized_height", .integer(image.resized.height))
    object.append("crop_left", .integer(image.cropLeft))
    object.append("crop_top", .integer(image.cropTop))
    object.append("input_sha256", .string(digests.removeFirst()))
  }

  /// Writes the file.
  ///
  /// Throws ``FileError``.
  func write() throws(FileError) {
    var object = head
    object.append("images", .array(images))
    try AtomicFile.write(Array(object.line.utf8), to: path)
  }
}
