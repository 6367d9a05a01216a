import Collectives
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

  /// Adds what became of the inputs of the other processes, in the first of them.
  ///
  /// - Parameters:
  ///   - group: The processes.
  ///   - signal: The exit status of the signal that has stopped this process, if one has.
  /// - Returns: The exit status, if it is not success.
  mutating func combined(_ group: any ProcessGroup, _ signal: Int32?) -> Int32? {
    if keepsLogits { logits = group.gathered(logits) }
    let all = group.collection(of: outcomes.numbers + [Double(signal ?? 0)])
    outcomes = Outcomes()
    for numbers in all { outcomes.add(Outcomes(numbers.prefix(2))) }
    return all.lazy.map { Int32($0[2]) }.first { $0 != 0 } ?? outcomes.status?.rawValue
  }

  /// Writes the logits, `[N, classes]`, unless every input has failed.
  func writeLogits(to path: String, classes: Int) throws {
    if outcomes.areFailures { return }
    try NumPyFile.write(logits, shape: [logits.count / classes, classes], to: path)
  }
}
