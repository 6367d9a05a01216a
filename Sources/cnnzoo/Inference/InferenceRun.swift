import Files
import GraphIR
import Inputs
import TensorCore
import Zoo

/// Inputs going through a network batch by batch, results coming out in the order of the inputs.
final class InferenceRun {
  let report: InferenceReport
  /// Logits of every input that did not fail, row after row, if they are kept.
  private(set) var logits: [Float] = []
  /// Status of every failure, in order.
  private(set) var failures: [ExitStatus] = []
  /// Inputs that did not fail.
  private(set) var successes = 0

  private let model: Model
  private let planner: Planner
  private let parameters: any ParameterSource
  private let batchSize: Int
  private let threads: Int
  private let top: Int
  private let labels: LabelList
  private let keepsLogits: Bool

  init(
    model: Model, planner: Planner, parameters: any ParameterSource, batchSize: Int,
    threads: Int, top: Int, labels: LabelList, report: InferenceReport, keepsLogits: Bool
  ) {
    self.model = model
    self.planner = planner
    self.parameters = parameters
    self.batchSize = batchSize
    self.threads = threads
    self.top = top
    self.labels = labels
    self.report = report
    self.keepsLogits = keepsLogits
  }

  private func classifier(batch: Int) throws -> Classifier {
    try Classifier(model.graph(batch: batch), planner: planner, parameters: parameters, threads: threads)
  }

  /// Classifies images, each prepared by `preprocessor`.
  ///
  /// What is wrong with an image is reported and counted; what is wrong with the weights is thrown.
  func classify(_ images: ImageList, _ preprocessor: Preprocessor) throws {
    var images = images
    var classifier: Classifier?
    while Interruption.status == nil {
      let paths = next(batchSize, of: &images)
      if paths.isEmpty { break }
      // The first batch tells how many there are if they are few.
      let runner = try classifier ?? self.classifier(batch: paths.count)
      classifier = runner
      var outcomes: [(path: String, result: Result<PreparedImage, InputError>)] = []
      var place = 0
      for path in paths {
        switch path {
        case .failure(let error):
          outcomes.append((error.listedPath, .failure(error)))
        case .success(let path):
          do throws(InputError) {
            let image = try unsafe preprocessor.prepare(
              .file(path), into: runner.input(at: place))
            outcomes.append((path.text, .success(image)))
            place += 1
          } catch {
            outcomes.append((path.text, .failure(error)))
          }
        }
      }
      try emit(outcomes, logits: place == 0 ? [] : runner.run(count: place))
    }
  }

  /// The next paths, and what the list itself reports on the way.
  private func next(_ count: Int, of images: inout ImageList) -> [Result<FilePath, InputError>] {
    var paths: [Result<FilePath, InputError>] = []
    while paths.count < count {
      do throws(InputError) {
        let path = try Interruption.whileWaiting { () throws(InputError) in try images.next() }
        guard let path else { break }
        paths.append(.success(path))
      } catch {
        paths.append(.failure(error))
      }
    }
    return paths
  }

  private func emit(
    _ outcomes: [(path: String, result: Result<PreparedImage, InputError>)], logits rows: [[Float]]
  ) throws {
    var rows = rows[...]
    var text = ""
    for (path, result) in outcomes {
      let outcome: InferenceOutcome
      switch result {
      case .failure(let error):
        note("\(error)")
        failures.append(ExitStatus(of: error))
        outcome = .failed("\(error)")
      case .success(let image):
        outcome = .seen(predictions(from: rows.removeFirst()), image)
      }
      text += report.text(of: InferenceRecord(path: path, index: nil, outcome: outcome))
    }
    try cnnzoo.emit(text)
  }

  /// Classifies the items of a tensor `[N, C, H, W]`.
  func classify(_ tensor: (shape: Shape, values: [Float]), path: String) throws {
    let count = tensor.shape.batch
    let classifier = try classifier(batch: min(batchSize, count))
    for first in stride(from: 0, to: count, by: classifier.batch) where Interruption.status == nil {
      let places = min(classifier.batch, count - first)
      for place in 0..<places {
        let start = (first + place) * classifier.inputCount
        _ = unsafe classifier.input(at: place).update(
          fromContentsOf: tensor.values[start..<(start + classifier.inputCount)])
      }
      var text = ""
      for (place, row) in classifier.run(count: places).enumerated() {
        text += report.text(
          of: InferenceRecord(
            path: path, index: first + place, outcome: .seen(predictions(from: row), nil)))
      }
      try cnnzoo.emit(text)
    }
  }

  private func predictions(from row: [Float]) -> [Prediction] {
    successes += 1
    if keepsLogits { logits += row }
    return Prediction.top(top, of: row, labels: labels)
  }
}

extension InputError {
  /// The path of what a list of inputs could not make images of.
  fileprivate var listedPath: String {
    switch self {
    case .noImages(let path), .unreadableFolder(let path, _), .file(.notFound(let path)): path
    default: "-"
    }
  }
}
