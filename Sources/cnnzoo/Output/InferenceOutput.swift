import Files
import Inputs
import Session
import TensorCore
import Weights

/// The output of `infer`.
struct InferenceOutput {
  private let report: InferenceReport
  private let labels: LabelList
  private let top: Int
  private let keepsLogits: Bool
  /// Logits of all inputs that did not fail, row by row, if they are kept.
  private var logits: [Float] = []
  /// The status of the first failure.
  private var firstFailure: ExitStatus?
  private var successes = 0

  init(report: InferenceReport, labels: LabelList, top: Int, keepsLogits: Bool) {
    self.report = report
    self.labels = labels
    self.top = top
    self.keepsLogits = keepsLogits
  }

  /// The exit status, if an input has failed.
  var status: ExitStatus? { firstFailure.map { successes == 0 ? $0 : .partial } }

  /// Prints the header and installs the signal handler.
  func begin() throws {
    Interruption.install()
    try emit(report.header)
  }

  /// Prints the results of a batch of images.
  mutating func write(_ images: [Classifier.ImageResult]) throws {
    var text = ""
    for image in images {
      let outcome: InferenceOutcome
      switch image.result {
      case .success(let (prepared, logits)): outcome = .classified(predictions(logits), prepared)
      case .failure(let error): outcome = failure(error)
      }
      text += report.text(of: InferenceRecord(path: image.path, index: nil, outcome: outcome))
    }
    try emit(text)
  }

  /// Prints the results of a batch of prepared inputs; `first` is the index of the first one in its file.
  mutating func write(
    _ rows: [Result<[Float], ClassificationError>], of path: String, from first: Int
  ) throws {
    var text = ""
    for (offset, row) in rows.enumerated() {
      let outcome: InferenceOutcome
      switch row {
      case .success(let logits): outcome = .classified(predictions(logits), nil)
      case .failure(let error): outcome = failure(error)
      }
      text += report.text(of: InferenceRecord(path: path, index: first + offset, outcome: outcome))
    }
    try emit(text)
  }

  private mutating func failure(_ error: ClassificationError) -> InferenceOutcome {
    note("\(error)")
    firstFailure = firstFailure ?? ExitStatus(of: error)
    return .failed("\(error)")
  }

  private mutating func predictions(_ row: [Float]) -> [Prediction] {
    successes += 1
    if keepsLogits { logits += row }
    return Prediction.top(top, of: row, labels: labels)
  }

  /// Writes the logits, `[N, classes]`, unless every input has failed.
  func writeLogits(to path: String, classes: Int) throws {
    if logits.isEmpty && firstFailure != nil { return }
    try NumPyFile.write(logits, shape: [logits.count / classes, classes], to: path)
  }
}
