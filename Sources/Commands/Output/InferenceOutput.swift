import Files
import Inputs
import Session
import TensorCore
import Weights

/// The output of `infer`.
struct InferenceOutput {
  private var report: InferenceReport
  private let labels: LabelList
  private let top: Int
  private let keepsLogits: Bool
  /// Whether the results go to files as well.
  private let writesFiles: Bool
  /// Logits of all inputs that did not fail, row by row, if they are kept.
  private var logits: [Float] = []
  private var outcomes = Outcomes()
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
  var status: ExitStatus? { outcomes.status }

  /// Prints the header and installs the signal handler.
  mutating func begin() throws {
    Interruption.install()
    try print(report.header)
  }

  /// Prints the results of a batch of images.
  mutating func write(_ images: [Classifier.ImageResult]) throws {
    var text = ""
    report.columns = StandardStream.output.columns
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
    report.columns = StandardStream.output.columns
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
    outcomes.fail(error)
    return .failed("\(error)")
  }

  private mutating func predictions(_ row: [Float]) -> [Prediction] {
    outcomes.succeed()
    if keepsLogits { logits += row }
    return Prediction.top(top, of: row, labels: labels)
  }

  /// Writes the logits, `[N, classes]`, unless every input has failed.
  func writeLogits(to path: String, classes: Int) throws {
    if outcomes.areFailures { return }
    try NumPyFile.write(logits, shape: [logits.count / classes, classes], to: path)
  }
}
