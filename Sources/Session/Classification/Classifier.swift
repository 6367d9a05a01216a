import Engine
import Files
import Inputs
import TensorCore

/// Runs a network on images and prepared inputs, batch by batch, with results in the order of the inputs.
package final class Classifier {
  /// A classified image: how it was prepared, and its logits.
  package typealias Classified = (image: PreparedImage, logits: [Float])

  /// An image of a list, and what became of it.
  package struct ImageResult {
    /// Path as given.
    package let path: String
    /// The logits, or what is wrong with the image.
    package let result: Result<Classified, ClassificationError>
  }

  private let bound: BoundNetwork
  private let planner: Planner
  private let batch: Int
  private let threads: Int
  private var runner: BatchRunner?

  /// A classifier that takes its memory and reads the weights with ``load()`` or when the first inputs come.
  ///
  /// - Parameters:
  ///   - bound: The network with its weights.
  ///   - planner: Makes the plan.
  ///   - batch: Most inputs in one run of the network; fewer if there are fewer.
  ///   - threads: Threads that compute.
  package init(
    _ bound: BoundNetwork, planner: Planner = Planner(), batch: Int = 1,
    threads: Int = ThreadPolicy.defaultThreads
  ) {
    self.bound = bound
    self.planner = planner
    self.batch = batch
    self.threads = threads
  }

  /// Images that a thread gets in one go where they are at hand: with fewer, threads wait for each other too often.
  private static let imagesPerThread = 4

  /// Most inputs that are prepared and run at once.
  private var most: Int { batch == 1 ? Self.imagesPerThread * threads : batch }

  /// The runner, made for `count` inputs at once if there is none yet for as many.
  private func runner(for count: Int) throws -> BatchRunner {
    if let runner, runner.batch >= min(count, most) { return runner }
    runner = nil
    let graph = try bound.graph(batch: min(batch, count))
    let plan = try planner.plan(
      graph, batches: batch == 1 ? count : 1, threads: threads, for: bound.network.name)
    let runner = try BatchRunner(graph, plan, parameters: bound.parameters, threads: threads)
    self.runner = runner
    return runner
  }

  /// Takes the memory for whole batches and reads the weights.
  ///
  /// Throws ``SessionError``, and what is wrong with the weights.
  package func load() throws { _ = try runner(for: batch) }

  /// Classifies one image.
  ///
  /// Throws ``ClassificationError`` for the image, and what is wrong with the weights or the memory.
  package func classify(_ image: FilePath, _ preprocessor: Preprocessor) throws -> Classified {
    let runner = try runner(for: 1)
    let prepared: PreparedImage
    do throws(InputError) {
      prepared = try unsafe preprocessor.prepare(.file(image), into: runner.input(0))
    } catch { throw ClassificationError.image(error) }
    return (prepared, try runner.run(count: 1)[0].checked(for: image.text))
  }

  /// Runs the network on one prepared input, of the network's shape.
  ///
  /// Throws what is wrong with the weights or the memory.
  package func run(_ input: [Float]) throws -> [Float] {
    let runner = try runner(for: 1)
    _ = unsafe runner.input(0).update(fromContentsOf: input)
    return runner.run(count: 1)[0]
  }

  /// Classifies images.
  ///
  /// Images that are at hand are prepared by all threads, and with a batch of 1 each thread then runs the network on images
  /// of its own; the results have the bits that they have one by one.
  ///
  /// - Parameters:
  ///   - preprocessor: Turns images into inputs.
  ///   - isStopped: Asked before each batch whether to end.
  ///   - isNextAtHand: Whether `next` returns without waiting for somebody.
  ///   - next: The next path, `nil` after the last. What it throws becomes a result, and it is asked again.
  ///   - observe: Called with each image as it was prepared, and with the network's input, `[C, H, W]`.
  ///   - body: Takes the results of a batch.
  /// - Throws: What is wrong with the weights or the memory, and what `body` throws; what is wrong with an image is a
  ///   result.
  package func classify(
    _ preprocessor: Preprocessor, isStopped: () -> Bool = { false }, isNextAtHand: () -> Bool = { true },
    next: () throws(InputError) -> FilePath?,
    prepared observe: (PreparedImage, UnsafeBufferPointer<Float>) throws -> Void = { _, _ in },
    _ body: ([ImageResult]) throws -> Void
  ) throws {
    while !isStopped() {
      let (paths, isLast) = paths(next, isNextAtHand)
      if paths.isEmpty { return }
      let runner = try runner(for: isLast ? paths.count : most)
      let images = unsafe runner.fill(count: paths.count) { index, input throws(InputError) in
        try unsafe preprocessor.prepare(.file(paths[index].get()), into: input)
      }
      let prepared = images.compactMap { try? $0.get() }
      for (index, image) in prepared.enumerated() {
        try unsafe observe(image, UnsafeBufferPointer(runner.input(index)))
      }
      var logits = (prepared.isEmpty ? [] : runner.run(count: prepared.count))[...]
      try body(
        zip(paths, images).map { listed, image in
          let path = listed.path
          let result = Result { () throws(ClassificationError) in
            do throws(InputError) { return try image.get() } catch { throw .image(error) }
          }
          return ImageResult(
            path: path,
            result: result.flatMap { image in
              let row = logits.removeFirst()
              return Result { () throws(ClassificationError) in (image, try row.checked(for: path)) }
            })
        })
    }
  }

  /// The paths of the next batch, what went wrong in between, and whether there are no more.
  private func paths(
    _ next: () throws(InputError) -> FilePath?, _ isNextAtHand: () -> Bool
  ) -> (paths: [Result<FilePath, InputError>], isLast: Bool) {
    var paths: [Result<FilePath, InputError>] = []
    while paths.count < batch || (paths.count < most && isNextAtHand()) {
      do throws(InputError) {
        guard let path = try next() else { return (paths, true) }
        paths.append(.success(path))
      } catch {
        paths.append(.failure(error))
      }
    }
    return (paths, false)
  }

  /// Runs the network on prepared inputs.
  ///
  /// - Parameters:
  ///   - inputs: The inputs, of the network's shape.
  ///   - part: Which of them; `nil` for all. It begins with a batch.
  ///   - isStopped: Asked before each batch whether to end.
  ///   - body: Takes the index of the first input of a batch, and the logits of each input in it, or what is wrong with them.
  /// - Throws: What is wrong with the weights or the memory, and what `body` throws.
  package func run(
    _ inputs: PreparedBatch, part: Range<Int>? = nil, isStopped: () -> Bool = { false },
    _ body: (_ first: Int, _ logits: [Result<[Float], ClassificationError>]) throws -> Void
  ) throws {
    let runner = try runner(for: min(most, inputs.shape.batch))
    let part = part ?? 0..<inputs.shape.batch
    for first in stride(from: part.lowerBound, to: part.upperBound, by: runner.batch) {
      if isStopped() { return }
      let count = min(runner.batch, part.upperBound - first)
      for index in 0..<count {
        let start = (first + index) * runner.inputCount
        _ = unsafe runner.input(index).update(
          fromContentsOf: inputs.values[start..<start + runner.inputCount])
      }
      try body(
        first,
        runner.run(count: count).enumerated().map { index, row in
          Result { () throws(ClassificationError) in try row.checked(for: "\(inputs.path)[\(first + index)]")
          }
        })
    }
  }
}

extension Result<FilePath, InputError> {
  /// The path, or that of what a list of images could not make images of.
  fileprivate var path: String {
    switch self {
    case .success(let path): path.text
    case .failure(.noImages(let path)), .failure(.file(.unlistable(let path, _))),
      .failure(.file(.notFound(let path))):
      path
    case .failure: "-"
    }
  }
}
