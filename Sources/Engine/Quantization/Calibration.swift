import GraphIR
import TensorCore

/// What values a network has over some images.
package struct Calibration: Sendable {
  /// By the names that a ``QuantizationScheme`` has for them.
  private var ranges: [String: ValueRange] = [:]
  /// The largest magnitude in each channel of some values, by the same names.
  package private(set) var channelPeaks: [String: [Float]] = [:]

  /// Runs a network in float32 on images, twice: first the ranges, then the distributions.
  ///
  /// - Parameters:
  ///   - network: the graph as the architecture builds it, for one image.
  ///   - source: its parameters.
  ///   - images: inputs of the network, `[C, H, W]`.
  ///   - valuesWithPeaks: the values that ``channelPeaks`` has afterwards.
  ///   - threads: threads that compute.
  ///   - proceed: called before each run with an image; throws to end the calibration.
  /// - Throws: ``CalibrationError``, what `source` and `proceed` throw, and ``ThreadError``.
  package init(
    of network: Graph, parameters source: any ParameterSource, images: [[Float]],
    peaksOf valuesWithPeaks: Set<String> = [], threads: Int, proceed: () throws -> Void = {}
  ) throws {
    let values = network.optimizedForBytes.namedValues
    let names = values.map(\.name)
    for (name, value) in values where valuesWithPeaks.contains(name) {
      channelPeaks[name] = [Float](repeating: 0, count: value.shape.channels)
    }
    let observed = try ObservedNetwork(network, parameters: source, keeping: names, threads: threads)
    for image in images {
      try proceed()
      _ = observed.run(image)
      for name in names {
        let pixels = observed.pixels(of: name)
        guard ranges[name, default: ValueRange()].extend(pixels) else {
          throw CalibrationError.notFinite(layer: name)
        }
        channelPeaks[name]?.raise(to: pixels)
      }
    }
    for image in images {
      try proceed()
      _ = observed.run(image)
      for name in names { ranges[name]?.count(observed.pixels(of: name)) }
    }
  }

  /// The scheme of some candidates by a method.
  package func scheme(_ candidates: ByteCandidates, _ method: CalibrationMethod) -> QuantizationScheme {
    candidates.scheme(
      candidates.groups.map { names in
        let members = names.compactMap { ranges[$0] }
        guard let first = members.first else { return Quantization(scale: 1, zeroPoint: 0) }
        return members.dropFirst().reduce(first) { $0.union($1) }.quantization(method)
      })
  }
}

/// Why a network cannot be calibrated.
package enum CalibrationError: Error, Hashable, Sendable {
  /// The output of a layer, or their range, is infinite or no number.
  case notFinite(layer: String)
}

/// A network of one image whose values can be read after each run.
package final class ObservedNetwork {
  private let executor: Executor
  private let logits: Buffer
  private var image: [Float] = []

  /// A network in float32 or, if it has a scheme, in bytes, that keeps the values of `names`.
  ///
  /// Throws what `source` throws, and ``ThreadError``.
  package init(
    _ network: Graph, parameters source: any ParameterSource, keeping names: [String], threads: Int
  ) throws {
    let plan = Self.plan(network, keeping: names)
    executor = try Executor(plan, parameters: source, threads: threads)
    logits = Buffer(repeating: 0, count: network.output.shape.count)
  }

  /// The plan of such a network.
  package static func plan(_ network: Graph, keeping names: [String]) -> Plan {
    Plan(network, disabled: Pass.keptForBytes, keeping: names)
  }

  /// Computes the logits of an image, `[C, H, W]`.
  package func run(_ image: [Float]) -> [Float] {
    self.image = image
    executor.run(image, into: logits.pointer)
    return Array(UnsafeBufferPointer(start: logits.pointer, count: logits.count))
  }

  /// The values of a part of the network, or the image, of the last run; in any order.
  package func pixels(of name: String) -> [Float] {
    name == QuantizationScheme.image ? image : executor.pixels(of: name) ?? []
  }
}

extension [Float] {
  /// Raises each of these peaks to the largest magnitude of its channel in `pixels`.
  fileprivate mutating func raise(to pixels: [Float]) {
    var start = 0
    while start < pixels.count {
      for channel in indices { self[channel] = Swift.max(self[channel], abs(pixels[start + channel])) }
      start += count
    }
  }
}
