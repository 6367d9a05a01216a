import TensorCore
import Text

/// The description of the network that `cnnzoo train` writes into a weight file, so that the file is usable on its own.
///
/// It is stored as text in the metadata of safetensors.
package struct WeightDescription: Hashable, Sendable {
  /// Registry name of the network.
  package var model: String
  /// Settings that differ from the registry entry, as `key=value`.
  package var settings: [String]
  /// `[C, H, W]`.
  package var inputShape: Shape
  /// Outputs of the head.
  package var classes: Int
  /// Mean of each channel, subtracted from images in [0, 1].
  package var mean: [Float]
  /// Standard deviation of each channel, by which the difference is divided.
  package var deviation: [Float]
  /// Length to which the shorter side of an image is resized before the center crop, and the filter; `nil` if the file
  /// lacks them.
  package var resize: Int?
  /// See ``resize``.
  package var interpolation: ImagePreprocessing.Interpolation?
  /// How an image is converted before that.
  package var conversion: ImagePreprocessing.Conversion
  /// The data set: `fashion-mnist`, or the folder.
  package var data: String
  /// Names of the classes; there may be fewer than outputs.
  package var classNames: [String]

  /// A description from its parts.
  package init(
    model: String, settings: [String], preprocessing: ImagePreprocessing, classes: Int, data: String,
    classNames: [String]
  ) {
    self.model = model
    self.settings = settings
    inputShape = [preprocessing.mean.count, preprocessing.cropHeight, preprocessing.cropWidth]
    self.classes = classes
    mean = preprocessing.mean
    deviation = preprocessing.deviation
    resize = preprocessing.resize
    interpolation = preprocessing.interpolation
    conversion = preprocessing.conversion
    self.data = data
    self.classNames = classNames
  }

  /// The description as metadata.
  package var metadata: [(key: String, value: String)] {
    func list(_ numbers: [Float]) -> String { numbers.map { "\($0)" }.joined(separator: ",") }
    var texts: [(key: String, value: String)] = [
      (Key.model, model), (Key.settings, settings.joined(separator: " ")),
      (Key.inputShape, inputShape.dimensions.map(String.init).joined(separator: "x")),
      (Key.classes, String(classes)), (Key.mean, list(mean)), (Key.deviation, list(deviation)),
    ]
    if let resize { texts.append((Key.resize, String(resize))) }
    if let interpolation { texts.append((Key.interpolation, interpolation.rawValue)) }
    texts.append((Key.conversion, conversion.name))
    texts.append((Key.data, data))
    texts.append((Key.classNames, Self.text(ofNames: classNames)))
    return texts
  }

  /// The strings of a JSON array of strings; `nil` for any other text.
  private static func jsonArray(_ text: String) -> [String]? {
    var scanner = TextScanner(Array(text.utf8), from: 0)
    guard scanner.take("["), scanner.peek("\"") else { return nil }
    var strings: [String] = []
    repeat {
      guard let string = scanner.jsonString() else { return nil }
      strings.append(string)
    } while scanner.take(",")
    return scanner.take("]") && scanner.isAtEnd ? strings : nil
  }

  /// A name a line; a JSON array where a name has a line break in it.
  private static func text(ofNames names: [String]) -> String {
    names.contains { $0.contains(where: \.isNewline) }
      ? JSON.array(names.map(JSON.string)).text : names.joined(separator: "\n")
  }

  private static func names(_ text: String) -> [String] {
    if let names = jsonArray(text) { return names }
    return text.isEmpty ? [] : text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// What `checkpoint` says about itself, or `nil` where `cnnzoo train` did not make it.
  ///
  /// Throws ``CheckpointDefect/metadata(key:value:expected:)`` for a value that cannot be.
  package init?(_ checkpoint: Checkpoint) throws(CheckpointError) {
    var texts: [String: String] = [:]
    for (key, value) in checkpoint.metadata { texts[key] = value }
    guard let model = texts[Key.model], texts[Key.inputShape] != nil, texts[Key.mean] != nil,
      texts[Key.deviation] != nil
    else { return nil }
    func check<Value>(
      _ key: String, _ expected: String, _ value: (String) -> Value?
    ) throws(CheckpointError) -> Value {
      let text = texts[key] ?? ""
      guard let value = value(text) else {
        throw .unusable(
          path: checkpoint.path, .metadata(key: key, value: Label(text), expected: expected))
      }
      return value
    }
    self.model = model
    settings = (texts[Key.settings] ?? "").split(separator: " ").map(String.init)
    inputShape = try check(Key.inputShape, "channels, height and width as 1x28x28") { Self.image($0) }
    let channels = inputShape[0]
    self.mean = try check(Key.mean, "a number for each of \(channels) channels") {
      Self.numbers($0, count: channels)
    }
    self.deviation = try check(Key.deviation, "a number above 0 for each of \(channels) channels") { text in
      Self.numbers(text, count: channels).flatMap { $0.allSatisfy { $0 > 0 } ? $0 : nil }
    }
    resize = try texts[Key.resize].map { _ throws(CheckpointError) in
      try check(Key.resize, "a length in pixels") { Int($0).flatMap { Self.sides.contains($0) ? $0 : nil } }
    }
    interpolation = try texts[Key.interpolation].map { _ throws(CheckpointError) in
      try check(Key.interpolation, "bilinear or bicubic") { ImagePreprocessing.Interpolation(rawValue: $0) }
    }
    data = texts[Key.data] ?? ""
    if texts[Key.conversion] != nil {
      conversion = try check(Key.conversion, "none or fashion-mnist") { .init(name: $0) }
    } else {
      // In files of the first versions, the name of the data set implies it.
      conversion = channels == 1 ? .init(name: data) ?? .unchanged : .unchanged
    }
    let classNames = Self.names(texts[Key.classNames] ?? "")
    self.classNames = classNames
    // Files of the first versions lack it; it was the number of names.
    classes =
      texts[Key.classes] == nil && !classNames.isEmpty
      ? classNames.count
      : try check(Key.classes, "a number of classes") { text in
        Int(text).flatMap { Self.classCounts.contains($0) ? $0 : nil }
      }
  }

  private enum Key {
    static let model = "model"
    static let settings = "settings"
    static let inputShape = "input_shape"
    static let classes = "classes"
    static let mean = "mean"
    static let deviation = "deviation"
    static let resize = "resize"
    static let interpolation = "interpolation"
    static let conversion = "conversion"
    static let data = "data"
    static let classNames = "class_names"
  }

  private static let sides = 1...65_536
  private static let classCounts = 1...16_777_216

  private static func image(_ text: String) -> Shape? {
    let extents = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    return extents.count == 3 && extents.allSatisfy(sides.contains) ? Shape(extents) : nil
  }

  private static func numbers(_ text: String, count: Int) -> [Float]? {
    let numbers = text.split(separator: ",").compactMap { Float($0) }.filter(\.isFinite)
    return numbers.count == count ? numbers : nil
  }
}
