import Engine
import Glibc
import GraphIR
import TensorCore
import Weights

/// Turns a network in float32 into one in bytes, from what its values are over some images.
package struct Quantizer {
  /// What is decided by the caller.
  package struct Settings: Sendable {
    /// The largest share of the images that may get another class than in float32, in percent; `nil` for any.
    ///
    /// Layers stay float32 until it is met.
    package var maximumLoss: Double?
    /// Threads that compute.
    package var threads: Int

    /// Settings from their parts.
    package init(maximumLoss: Double? = nil, threads: Int) {
      self.maximumLoss = maximumLoss
      self.threads = threads
    }
  }

  /// How much nearer to float32 equalized channels have to bring the logits, in decibels: on other images, gains of a tenth or
  /// two changed the accuracy either way.
  private static let leastGain = 1.0
  /// Images over which layers are compared one by one.
  private static let comparedImages = 8

  private let bound: BoundNetwork
  private let images: [[Float]]
  private let settings: Settings
  private let proceed: () throws -> Void

  /// A quantizer.
  ///
  /// - Parameters:
  ///   - bound: The network with its weights.
  ///   - images: Inputs, `[C, H, W]`; at least one.
  ///   - settings: What the caller decides.
  ///   - proceed: Called before each run with an image; throws to end the work.
  package init(
    _ bound: BoundNetwork, images: [[Float]], settings: Settings, proceed: @escaping () throws -> Void = {}
  ) {
    self.bound = bound
    self.images = images
    self.settings = settings
    self.proceed = proceed
  }

  /// Runs with an image for each image, if no layer has to stay in float32.
  package static func runsPerImage(_ bound: BoundNetwork) -> Int {
    let forms = bound.graph.equalizablePairs(ByteCandidates(bound.graph)).isEmpty ? 1 : 2
    return 1 + forms * (2 + CalibrationMethod.allCases.count)
  }

  /// Throws ``SessionError`` where there is too little memory for `count` images and for the network twice, with all its
  /// values.
  package static func checkMemory(_ bound: BoundNetwork, images count: Int, threads: Int) throws(SessionError)
  {
    let names = bound.graph.optimizedForBytes.nodes.map(\.name)
    let plan = ObservedNetwork.plan(bound.graph, keeping: names)
    let threads = plan.division.threads(requested: threads)
    let images = count.multipliedIfFits(by: bound.graph.batchBytes) ?? .max / 2
    try Memory.check(
      plan, threads: threads, beside: images + plan.memory.peakBytes(threads: threads),
      for: bound.network.name)
  }

  /// Calibrates the network as it is and with equalized channels, keeps what is nearer to float32 in its logits, and compares it
  /// layer by layer.
  ///
  /// Throws ``SessionError/nothingToQuantize(network:)``, ``SessionError/losesMore(network:limit:)``,
  /// ``SessionError/notFinite(network:layer:)``, what `proceed` throws, and what is wrong with the weights.
  package func run() throws -> QuantizedNetwork {
    var forms = try self.forms()
    let reference = try ObservedNetwork(
      bound.graph, parameters: bound.parameters, keeping: [], threads: settings.threads)
    let logits = try images.map { image in
      try proceed()
      let row = reference.run(image)
      guard row.allSatisfy(\.isFinite) else {
        throw SessionError.notFinite(network: bound.network.name, layer: "the last layer")
      }
      return row
    }

    var excluded: Set<String> = []
    var alternative: Double?
    while true {
      let candidates = ByteCandidates(bound.graph, excluding: excluded)
      let trials = try forms.map { try bestMethod(candidates, $0, logits) }
      let gains = trials.count > 1 && trials[1].logitDecibels >= trials[0].logitDecibels + Self.leastGain
      let chosen = gains ? 1 : 0
      if trials.count > 1 { alternative = trials[1 - chosen].logitDecibels }
      forms = [forms[chosen]]
      var best = trials[chosen]
      best.alternativeDecibels = alternative
      best.layers = try layers(of: best, forms[0])
      best.floatLayers = excluded.sorted()
      guard let limit = settings.maximumLoss, best.loss > limit else { return best }
      // Halving what is left over would leave out too much; a sixteenth keeps the number of trials small.
      let count = max(candidates.layers.count / 16, 1)
      guard candidates.layers.count > count else {
        throw SessionError.losesMore(network: bound.network.name, limit: limit)
      }
      excluded.formUnion(best.layers.sorted { $0.loss > $1.loss }.prefix(count).map(\.name))
    }
  }

  /// The network as it is and, if there is something to equalize, equalized.
  private func forms() throws -> [Form] {
    let pairs = bound.graph.equalizablePairs(ByteCandidates(bound.graph))
    func form(
      _ parameters: any ParameterSource, equalized: [EqualizablePair], peaksOf values: Set<String> = []
    ) throws -> Form {
      let calibration = try Calibration(
        of: bound.graph, parameters: parameters, images: images, peaksOf: values,
        threads: settings.threads, proceed: proceed)
      return Form(parameters: parameters, calibration: calibration, equalizedPairs: equalized)
    }
    let plain: Form
    do {
      plain = try form(bound.parameters, equalized: [], peaksOf: Set(pairs.map(\.value)))
    } catch CalibrationError.notFinite(let layer) {
      throw SessionError.notFinite(network: bound.network.name, layer: layer)
    }
    let parameters = try EqualizedParameters(
      bound.parameters, pairs: pairs, peaks: plain.calibration.channelPeaks)
    if parameters.pairs.isEmpty { return [plain] }
    do { return [plain, try form(parameters, equalized: parameters.pairs)] } catch is CalibrationError {
      // Values near the largest float get too large.
      return [plain]
    }
  }

  /// The network by the method that leaves the least error in the logits.
  private func bestMethod(
    _ candidates: ByteCandidates, _ form: Form, _ logits: [[Float]]
  ) throws -> QuantizedNetwork {
    var best: QuantizedNetwork?
    for method in CalibrationMethod.allCases where !candidates.layers.isEmpty {
      var graph = bound.graph
      graph.quantization = form.calibration.scheme(candidates, method)
      let parameters = try QuantizedParameters(of: graph, from: form.parameters)
      let network = try ObservedNetwork(
        graph, parameters: parameters, keeping: [], threads: settings.threads)
      var comparison = SignalToNoise()
      var changed = 0
      for (image, expected) in zip(images, logits) {
        try proceed()
        let found = network.run(image)
        comparison.add(expected, found)
        if found.indexOfMaximum != expected.indexOfMaximum { changed += 1 }
      }
      let candidate = QuantizedNetwork(
        graph: graph, parameters: parameters, method: method, samples: images.count,
        logitDecibels: comparison.decibels, loss: 100 * Double(changed) / Double(images.count),
        equalizedPairs: form.equalizedPairs)
      if best.map({ $0.logitDecibels < candidate.logitDecibels }) ?? true { best = candidate }
    }
    guard let best else { throw SessionError.nothingToQuantize(network: bound.network.name) }
    return best
  }

  /// Compares the output of each layer in bytes with the same in float32.
  private func layers(of quantized: QuantizedNetwork, _ form: Form) throws -> [QuantizedNetwork.Layer] {
    let nodes = bound.graph.optimizedForBytes.nodes
    let names = nodes.map(\.name)
    let float32 = try ObservedNetwork(
      bound.graph, parameters: form.parameters, keeping: names, threads: settings.threads)
    let int8 = try ObservedNetwork(
      quantized.graph, parameters: quantized.parameters, keeping: names, threads: settings.threads)
    var comparisons: [String: SignalToNoise] = [:]
    for image in images.prefix(Self.comparedImages) {
      _ = float32.run(image)
      _ = int8.run(image)
      for name in names + [QuantizationScheme.image] {
        comparisons[name, default: SignalToNoise()].add(float32.pixels(of: name), int8.pixels(of: name))
      }
    }
    var producers: [Int: String] = [bound.graph.input.id: QuantizationScheme.image]
    for node in nodes { producers[node.output.id] = node.name }
    let layers = quantized.graph.quantization?.layers ?? []
    return nodes.filter { layers.contains($0.name) }.map { node in
      let own = comparisons[node.name]?.noiseShare ?? 0
      let before =
        node.inputs.compactMap { producers[$0.id].flatMap { comparisons[$0]?.noiseShare } }.max() ?? 0
      return QuantizedNetwork.Layer(
        name: node.name, decibels: comparisons[node.name]?.decibels ?? .infinity, loss: own - before)
    }
  }
}

/// A network in float32 that bytes are made from.
private struct Form {
  let parameters: any ParameterSource
  let calibration: Calibration
  /// Where its channels are equalized.
  let equalizedPairs: [EqualizablePair]
}

/// The energy of values, and that of their differences from others.
private struct SignalToNoise {
  private var signal = 0.0
  private var noise = 0.0

  mutating func add(_ expected: [Float], _ found: [Float]) {
    for (one, other) in zip(expected, found) {
      signal += Double(one) * Double(one)
      noise += (Double(one) - Double(other)) * (Double(one) - Double(other))
    }
  }

  /// Noise for each unit of signal.
  var noiseShare: Double { noise / max(signal, .leastNormalMagnitude) }
  /// Ten times the decimal logarithm of signal over noise.
  var decibels: Double { noise == 0 ? .infinity : 10 * log10(signal / noise) }
}

extension [Float] {
  fileprivate var indexOfMaximum: Int? { indices.max { self[$0] < self[$1] } }
}
