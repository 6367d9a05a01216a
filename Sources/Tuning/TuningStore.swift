import Engine
import Files

/// The winners of measurements on this CPU, kept in a file of the cache folder.
///
/// Losing it costs time and nothing else: whatever is wrong with the file is said once, and then it is as if
/// it were not there.
package final class TuningStore {
  /// Where the winners are kept; `nil` where there is no cache folder, and they are kept for this run only.
  package let path: String?

  private let note: (String) -> Void
  private var file: TuningFile

  /// Reads what is known.
  ///
  /// - Parameters:
  ///   - folder: the cache folder, see ``CacheFolder``.
  ///   - cpu: the CPU, with everything by which its like is told apart.
  ///   - note: gets a line for people where the file cannot be used.
  package init(folder: String?, cpu: String, note: @escaping (String) -> Void) {
    let cpu = Self.printable(cpu)
    path = folder.map { "\($0)/tuning-\(Self.fileName(cpu)).txt" }
    self.note = note
    file = TuningFile(cpu: cpu)
    if let path, let known = Self.read(path, cpu: cpu, note: note) { file = known }
  }

  /// What is known for kernels and a number of threads.
  package func choices(instructionSet: String, threads: Int) -> AlgorithmChoices {
    let matching = file.winners.filter {
      $0.key.instructionSet == instructionSet && $0.key.threads == threads
    }
    return AlgorithmChoices(
      Dictionary(uniqueKeysWithValues: matching.map { ($0.key.problem, $0.value) }))
  }

  /// Keeps new choices, beside those that other processes have written in the meantime.
  package func keep(_ choices: AlgorithmChoices, instructionSet: String, threads: Int) {
    guard let path else {
      return note("no folder to keep measurements in: set CNNZOO_HOME")
    }
    // The file was complained about when it was read first.
    if let others = Self.read(path, cpu: file.cpu, note: { _ in }) {
      file.winners.merge(others.winners) { own, _ in own }
    }
    for (problem, algorithm) in choices.byProblem {
      file.winners[.init(instructionSet: instructionSet, threads: threads, problem: problem)] = algorithm
    }
    do throws(FileError) {
      if let slash = path.lastIndex(of: "/") { try CacheFolder.create(String(path[..<slash])) }
      try AtomicFile.write(file.bytes, to: path)
    } catch { note("\(error): measurements hold for this run only") }
  }

  private static func read(_ path: String, cpu: String, note: (String) -> Void) -> TuningFile? {
    do {
      let file = try RegularFile(path: path)
      guard file.size <= TuningFile.maximumBytes else { throw TuningFileError.tooLarge(bytes: file.size) }
      return try TuningFile(file.bytes(at: 0, count: file.size), cpu: cpu)
    } catch FileError.notFound {
      return nil
    } catch let error as TuningFileError {
      note("\(escaped(path)): ignored: \(error)")
    } catch { note("\(error): ignored") }
    return nil
  }

  /// The text in ASCII, on one line.
  private static func printable(_ text: String) -> String {
    String(decoding: text.utf8.map { (0x20..<0x7f).contains($0) ? $0 : 0x3f }, as: UTF8.self)
  }

  /// The text as part of a file name: letters and digits, words joined by hyphens.
  private static func fileName(_ text: String) -> String {
    text.lowercased().split { !($0.isLetter || $0.isNumber) }.joined(separator: "-").prefix(120).description
  }
}
