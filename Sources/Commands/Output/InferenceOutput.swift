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
  /// Whether the results go to files as well.
  private let writesFiles: Bool
  /// Logits of all inputs that did not fail, row by row, if they are kept.
  private var logits: [Float] = []
  /// The status of the first failure.
  private var firstFailure: ExitStatus?
  private var successes = 0
  /// Whether the reader of standard output has closed the pipe, and only the files are still wanted.
  private var isClosed = false

  init(report: InferenceReport, labels: LabelList, top: Int, keepsLogits: Bool, writesFiles: Bool) {
    self.report = report
    self.labels = labels
    self.top = top
    self.keepsLogits = keepsLogits
    self.writesFiles = writesFiles
  }

  /// The exit status, if an input has failed.
  var status: ExitStatus? { firstFailure.map { successes == 0 ? $0 : .partial } }

  /// Prints the header and installs the signal handler.
  mutating func begin() throws {
    Interruption.install()
    try print(report.header)
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
    try print(text)
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
    try print(text)
  }

  /// Prints `text`; a closed pipe does not end the program before the files are written.
  private mutating func print(_ text: String) throws(OutputError) {
    if isClosed { return }
    do throws(OutputError) { try emit(text) } catch {
      guard error.isClosedPipe && writesFiles else { throw error }
      isClosed = true
    }
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
