import TensorCore

/// What is to differ from the preprocessing that weights ask for.
package struct PreprocessingChanges: Hashable, Sendable {
  /// What can be changed; the crop is the network's input size.
  package enum Key: String, CaseIterable, Sendable {
    /// Length of the shorter side after the resize.
    case resize
    /// Filter of the resize.
    case interpolation
    /// Subtracted from the values of each channel, which are in [0, 1].
    case mean
    /// Divisor of each channel.
    case std
    /// What is done to the image before everything else.
    case conversion
  }

  private var resize: Int?
  private var interpolation: ImagePreprocessing.Interpolation?
  private var mean: [Float]?
  private var deviation: [Float]?
  private var conversion: ImagePreprocessing.Conversion?
  /// The changes as they were given, in order.
  package private(set) var texts: [String] = []
  /// What is changed.
  package private(set) var keys: Set<Key> = []

  /// Whether nothing is changed.
  package var isEmpty: Bool { keys.isEmpty }

  /// No changes.
  package init() {}

  /// Adds a change, such as `resize=232`, `mean=0.5` or `std=0.229,0.224,0.225`.
  ///
  /// Throws ``PreprocessingError``.
  package mutating func add(_ text: String) throws(PreprocessingError) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, let key = Key(rawValue: parts[0]) else { throw .unknownKey(text) }
    let value = parts[1]
    func check<Value>(_ parsed: Value?, _ expected: String) throws(PreprocessingError) -> Value {
      guard let parsed else { throw .wrongValue(key: key, value: value, expected: expected) }
      return parsed
    }
    func numbers(_ isValid: (Float) -> Bool) -> [Float]? {
      let fields = value.split(separator: ",", omittingEmptySubsequences: false)
      let numbers = fields.compactMap { Float($0) }.filter { $0.isFinite && isValid($0) }
      return numbers.count == fields.count && (numbers.count == 1 || numbers.count == 3) ? numbers : nil
    }
    switch key {
    case .resize:
      resize = try check(
        Int(value).flatMap { Limits.side.contains($0) ? $0 : nil },
        "a length in pixels from \(Limits.side.lowerBound) to \(Limits.side.upperBound)")
    case .interpolation:
      interpolation = try check(ImagePreprocessing.Interpolation(rawValue: value), "bilinear or bicubic")
    case .mean: mean = try check(numbers { _ in true }, "one number, or three separated by commas")
    case .std: deviation = try check(numbers { $0 > 0 }, "one number above 0, or three separated by commas")
    case .conversion:
      conversion = try check(ImagePreprocessing.Conversion(name: value), "none or fashion-mnist")
    }
    texts.append(text)
    keys.insert(key)
  }

  /// Applies the changes to what weights ask for.
  ///
  /// Throws ``PreprocessingError/wrongChannels(key:found:expected:)``.
  func apply(to preprocessing: inout ImagePreprocessing) throws(PreprocessingError) {
    let channels = preprocessing.mean.count
    func spread(_ numbers: [Float], _ key: Key) throws(PreprocessingError) -> [Float] {
      if numbers.count == 1 { return [Float](repeating: numbers[0], count: channels) }
      guard numbers.count == channels else {
        throw .wrongChannels(key: key, found: numbers.count, expected: channels)
      }
      return numbers
    }
    if let resize { preprocessing.resize = resize }
    if let interpolation { preprocessing.interpolation = interpolation }
    if let mean { preprocessing.mean = try spread(mean, .mean) }
    if let deviation { preprocessing.deviation = try spread(deviation, .std) }
    if let conversion { preprocessing.conversion = conversion }
  }
}

extension ImagePreprocessing {
  /// What can be changed about it, with values as ``PreprocessingChanges/add(_:)`` reads them.
  var values: [(key: PreprocessingChanges.Key, value: String)] {
    func list(_ numbers: [Float]) -> String { numbers.map { "\($0)" }.joined(separator: ",") }
    return [
      (.resize, "\(resize)"), (.interpolation, interpolation.rawValue), (.mean, list(mean)),
      (.std, list(deviation)), (.conversion, conversion.name),
    ]
  }
}

/// Why preprocessing cannot be changed as asked for.
package enum PreprocessingError: Error, Hashable, Sendable {
  /// No `key=value`, or an unknown key.
  case unknownKey(String)
  /// A value that the key cannot have.
  case wrongValue(key: PreprocessingChanges.Key, value: String, expected: String)
  /// Another number of values than the network has input channels.
  case wrongChannels(key: PreprocessingChanges.Key, found: Int, expected: Int)
}

extension PreprocessingError: CustomStringConvertible {
  /// One line: what was found and what is possible.
  package var description: String {
    switch self {
    case .unknownKey(let text):
      "preprocessing '\(text)': expected KEY=VALUE with one of the keys "
        + PreprocessingChanges.Key.allCases.map(\.rawValue).joined(separator: ", ")
    case .wrongValue(let key, let value, let expected):
      "preprocessing \(key.rawValue): '\(value)' is not \(expected)"
    case .wrongChannels(let key, let found, let expected):
      "preprocessing \(key.rawValue): \(found) values for \(expected) input channels"
    }
  }
}
