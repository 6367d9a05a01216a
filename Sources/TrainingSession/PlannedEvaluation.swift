import Collectives
import Datasets
import Engine
import GraphIR
import Recipes
import Session
import TensorCore
import Training
import Weights
import Zoo

/// A measurement of a network on labeled images, ready to start.
package struct PlannedEvaluation {
  /// The network.
  package let network: Network
  /// The split that is measured.
  package let split: DataSplit
  /// Number of images in the split.
  package var imageCount: Int { images.count }
  /// What the network's outputs are called.
  package let classNames: [String]
  /// Whether the classes of the data were matched with the outputs by their order, although the weights are trained
  /// ones: neither side's names told.
  package let isMatchedByOrder: Bool

  /// How images are prepared.
  package let preprocessing: ImagePreprocessing
  /// The weights.
  package var weights: NetworkWeights { bound.weights }

  /// Where in a weight file the parameters were found, if that needs saying.
  package var notes: [String] { bound.notes }

  /// Whether the weights are bytes.
  package var isInBytes: Bool { bound.graph.quantization != nil }
  /// Whether the network is compared with itself in float32.
  package var hasComparison: Bool { float32 != nil }

  private let bound: BoundNetwork
  /// The network in float32, which another precision is compared with; `nil` if it is float32, or not at hand.
  private let float32: BoundNetwork?
  private let images: RelabeledImages
  private let pipeline: SamplePipeline
  private let convolution: ConvolutionChoice
  private let precision: ComputePrecision
  private let batch: Int
  private let threads: Int
  private let workers: Int

  /// Finds the weights and matches the classes of the data with the network's outputs.
  ///
  /// - Parameters:
  ///   - request: The network.
  ///   - weights: Where its weights come from; embedded ones only if they were trained on such data.
  ///   - data: The data set.
  ///   - split: The images to measure; `nil` for ``Dataset/evaluationSplit``.
  ///   - changes: What is to differ from the preprocessing that the weights ask for.
  ///   - convolution: How convolutions are computed.
  ///   - precision: The precision of the network; any other than float32 is compared with that. Weights of bytes are
  ///     computed in bytes.
  ///   - floatWeights: Where the weights to compare those of bytes with come from.
  ///   - batch: Images that run together.
  ///   - threads: Threads that compute.
  ///   - workers: Threads that prepare images; `nil` for what the data needs.
  ///   - registry: Where the network is looked up.
  /// - Throws: As ``BoundNetwork`` does; ``DatasetError``, ``TrainingError`` and ``TrainingSessionError``.
  package init(
    _ request: NetworkRequest, weights: WeightRequest, on data: Dataset, split: DataSplit? = nil,
    changes: PreprocessingChanges = PreprocessingChanges(),
    convolution: ConvolutionChoice = .automatic, precision: ComputePrecision = .float32,
    floatWeights: WeightRequest = .installed, batch: Int, threads: Int, workers: Int? = nil,
    registry: Registry = .current
  ) throws {
    let split = split ?? data.evaluationSplit ?? .test
    let images = try data.images(of: split)
    func bind(_ weights: WeightRequest) throws -> BoundNetwork {
      try BoundNetwork(
        request, weights: weights, registry: registry, suits: { $0.suits(data) }
      ) { network, weights in
        let isDecided = weights.description != nil || weights.provenance.isPublished
        try network.adaptHead(to: data, isDecided: request.classes != nil || isDecided)
      }
    }
    let bound = try bind(weights)
    let network = bound.network
    if bound.graph.quantization == nil {
      self.precision = precision
      float32 = precision == .float32 ? nil : bound
    } else {
      self.precision = .int8
      do {
        let other = try bind(floatWeights)
        float32 = other.graph.quantization == nil ? other : nil
      } catch SessionError.noWeights where floatWeights == .installed {
        float32 = nil
      }
    }
    let match = try bound.match(data)
    isMatchedByOrder = match.isByOrder && bound.weights.areTrained
    let known = LabelList(for: bound.weights, of: network)
    classNames = (0..<network.classes).map { output in
      match.outputs.firstIndex(of: output).map { data.classNames[$0] } ?? known[output] ?? "\(output)"
    }
    self.bound = bound
    self.network = network
    self.split = split
    self.images = RelabeledImages(images, labels: match.outputs)
    preprocessing = try network.preprocessing(for: bound.weights, changes: changes)
    pipeline = SamplePipeline(preprocessing, augmentation: Augmentation())
    self.convolution = convolution
    self.batch = batch
    self.threads = threads
    self.workers = workers ?? data.defaultWorkers(threads: threads)
  }

  /// Throws ``SessionError`` where the weights are not for `precision`, see ``BoundNetwork/check(_:)``.
  package func check(_ precision: ComputePrecision?) throws(SessionError) { try bound.check(precision) }

  /// Runs all images through the network, and calls `each` with the logits of each of those that are this process's, in
  /// order; `nil` if `isStopped` became true on the way.
  ///
  /// Throws ``TrainingError``, ``SessionError`` where there is too little memory, and what is wrong with the weights.
  package func measure(
    group: any ProcessGroup = SingleProcess(), isStopped: () -> Bool = { false },
    each: (_ logits: UnsafeBufferPointer<Float>) -> Void = { _ in }
  ) throws -> MeasuredAccuracy? {
    let measured = [(bound, precision)] + (float32.map { [($0, .float32)] } ?? [])
    var bytes = workers * ThreadError.stackBytes
    var predictors: [EnginePredictor] = []
    for (bound, precision) in measured {
      let graph = try bound.graph(batch: batch).withoutAuxiliaries()
      let plan = Plan(graph, convolution: convolution, precision: precision)
      bytes += graph.batchBytes
      try Memory.check(plan, threads: threads, beside: bytes, for: network.name)
      bytes += plan.memory.peakBytes(threads: threads)
      predictors.append(try EnginePredictor(plan, parameters: bound.parameters, threads: threads))
    }
    var difference = LogitDifference()
    let results = try unsafe Evaluation.measure(
      predictors, on: images, pipeline, loss: network.architecture.loss, workers: workers,
      group: group, isStopped: isStopped
    ) { logits in
      unsafe each(logits[0])
      if measured.count > 1 { unsafe difference.count(logits[0], logits[1]) }
    }
    if results != nil { difference.add(from: group) }
    return results.map {
      MeasuredAccuracy(
        precision: precision, evaluation: $0[0],
        float32: $0.count > 1 ? ComparedAccuracy(evaluation: $0[1], difference: difference) : nil)
    }
  }
}

extension BoundNetwork {
  /// Which output stands for each class of a data set.
  ///
  /// Throws ``TrainingSessionError/unmatchedClasses(data:_:)``.
  fileprivate func match(_ data: Dataset) throws(TrainingSessionError) -> ClassMatch {
    let own = weights.description?.classNames ?? []
    do throws(ClassMatchError) {
      return try ClassMatch(
        data.classNames,
        with: !own.isEmpty ? [own] : weights.areTrained ? LabelList.vocabularies(publishedFor: network) : [],
        outputs: network.classes, isBinding: !own.isEmpty)
    } catch { throw .unmatchedClasses(data: data.name, error) }
  }
}
