import Glibc
import GraphIR
import TensorCore

/// The parameters of a network whose channels have more equal ranges; the network computes what it did.
///
/// The bytes of a value have one scale, so a channel with small values has few steps. What makes the value can take any
/// factor, since its weights have a scale for each output, and so can a depthwise layer that reads it: all channels get one
/// range. Another reader has the weights of all channels in one row, with one scale, and they spread as the values even out. So
/// there the factor is the one that gives a channel's values and its weights the same range, √(weights / values): that of the
/// paper (see ``EqualizablePair``), but with the range of the values where it has that of the weights before them.
///
/// Factors are rounded to powers of two, which change no bit of a product.
package struct EqualizedParameters: ParameterSource {
  /// Where there are factors other than 1.
  package let pairs: [EqualizablePair]
  private let source: any ParameterSource
  /// Factors of rows, by name of the tensor.
  private var rows: [String: [Float]] = [:]
  /// Factors of channels that weights read, by name of the tensor.
  private var columns: [String: Columns] = [:]

  /// Chooses factors.
  ///
  /// - Parameters:
  ///   - source: the parameters as they are.
  ///   - pairs: what can be equalized.
  ///   - peaks: the largest magnitude in each channel, by names of values.
  /// - Throws: what `source` throws.
  package init(
    _ source: any ParameterSource, pairs: [EqualizablePair], peaks: [String: [Float]]
  ) throws {
    self.source = source
    var equalized: [EqualizablePair] = []
    for pair in pairs {
      guard let peaks = peaks[pair.value] else { continue }
      let columns = Columns(pair, channels: peaks.count)
      let weights = try columns.isDepthwise ? nil : columns.ranges(of: pair.weight.values(from: source))
      let factors = Self.factors(peaks, weights)
      if factors.allSatisfy({ $0 == 1 }) { continue }
      equalized.append(pair)
      for tensor in pair.multiplied { rows[tensor.name] = factors }
      self.columns[pair.weight.name] = columns.with(factors)
    }
    self.pairs = equalized
  }

  /// A factor for each channel, from the ranges of its values and, where these are to stay even, of its weights.
  private static func factors(_ values: [Float], _ weights: [Float]?) -> [Float] {
    let widest = values.max() ?? 0
    return values.indices.map { channel in
      let (value, weight) = (values[channel] / widest, weights?[channel] ?? 1)
      // A channel that is always 0, or that nothing uses, has no range.
      guard value.isFinite, value > 0, weight > 0 else { return 1 }
      let factor = weights == nil ? 1 / value : (weight / value).squareRoot()
      return exp2f(log2f(min(max(factor, 1 / mostSpread), mostSpread)).rounded())
    }
  }

  /// Values of a channel that is narrower by more than this are hardly more than 0.
  private static let mostSpread: Float = 0x1p12

  package func fill(_ parameter: Parameter, _ destination: UnsafeMutableBufferPointer<Float>) throws {
    try source.fill(parameter, destination)
    if let factors = rows[parameter.name] {
      let count = destination.count / factors.count
      for index in destination.indices { destination[index] *= factors[index / count] }
    }
    if let columns = columns[parameter.name] {
      for index in destination.indices { destination[index] /= columns.factors[columns.channel(of: index)] }
    }
  }
}

/// Which channel each weight of a layer reads, and its factor.
private struct Columns {
  private let outputs: Int
  private let inputs: Int
  private let taps: Int
  private let channels: Int
  private(set) var factors: [Float] = []

  init(_ pair: EqualizablePair, channels: Int) {
    (outputs, inputs) = (pair.weight.shape[0], pair.weight.shape[1])
    taps = pair.weight.shape.count / (outputs * inputs)
    self.channels = channels
  }

  func with(_ factors: [Float]) -> Columns {
    var columns = self
    columns.factors = factors
    return columns
  }

  /// Whether each row of weights reads one channel.
  var isDepthwise: Bool { inputs == 1 }

  /// The channel that a weight of `[O, I / groups, …]` reads.
  func channel(of index: Int) -> Int {
    let group = index / (inputs * taps) / (outputs * inputs / channels)
    return group * inputs + index / taps % inputs
  }

  /// The largest magnitude among the weights of each channel, as a part of the largest of its row.
  func ranges(of weights: [Float]) -> [Float] {
    var ranges = [Float](repeating: 0, count: channels)
    for output in 0..<outputs {
      let row = output * inputs * taps..<(output + 1) * inputs * taps
      let largest = weights[row].reduce(0) { max($0, abs($1)) }
      if largest == 0 { continue }
      for index in row {
        let channel = channel(of: index)
        ranges[channel] = max(ranges[channel], abs(weights[index]) / largest)
      }
    }
    return ranges
  }
}
