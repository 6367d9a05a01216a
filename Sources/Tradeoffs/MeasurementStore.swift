import Files
import Text

/// A measured time, and what it was measured under.
package struct Measurement: Hashable, Sendable {
  /// What a time holds for.
  package struct Conditions: Hashable, Sendable {
    /// Name of the network, at its own input size.
    package let model: String
    /// Images in the batch.
    package let batch: Int
    /// Threads that work.
    package let threads: Int
    /// The kernels that are used: `avx512`.
    package let instructionSet: String
    /// OpenBLAS's version and kernels.
    package let openBLAS: String
    /// The version of this program.
    package let version: String

    /// Conditions from their parts.
    package init(
      model: String, batch: Int, threads: Int, instructionSet: String, openBLAS: String, version: String
    ) {
      self.model = model
      self.batch = batch
      self.threads = threads
      self.instructionSet = instructionSet
      self.openBLAS = openBLAS
      self.version = version
    }
  }

  /// What it was measured under.
  package let conditions: Conditions
  /// The shortest run, in milliseconds.
  package let minimumMilliseconds: Double
  /// The median, in milliseconds.
  package let medianMilliseconds: Double
  /// Runs that were counted.
  package let runs: Int
  /// When it was measured, in seconds since 1970.
  package let time: Int

  /// A measurement from its parts.
  package init(
    conditions: Conditions, minimumMilliseconds: Double, medianMilliseconds: Double, runs: Int, time: Int
  ) {
    self.conditions = conditions
    self.minimumMilliseconds = minimumMilliseconds
    self.medianMilliseconds = medianMilliseconds
    self.runs = runs
    self.time = time
  }
}

/// Times that were measured on this CPU, kept in a file of the cache folder.
///
/// Losing it costs time and nothing else: whatever is wrong with the file is said once, and then it is as if it were not
/// there.
package final class MeasurementStore {
  private static let schema = "cnnzoo.measurements/1"
  /// Most bytes of a file: some hundred thousand measurements.
  private static let maximumBytes = 32 << 20

  private let path: String?
  private let cpu: String
  private let note: (String) -> Void
  private var known: [Measurement.Conditions: Measurement] = [:]
  private var hasComplained = false

  /// Reads what is known.
  ///
  /// - Parameters:
  ///   - folder: The cache folder; `nil` where there is none, and measurements are kept for this run only.
  ///   - cpu: The CPU, with everything by which its like is told apart.
  ///   - note: Gets a line for people where the file cannot be used.
  package init(folder: String?, cpu: String, note: @escaping (String) -> Void) {
    path = folder.map { "\($0)/measurements.json" }
    self.cpu = cpu
    self.note = note
    for measurement in stored() where measurement.cpu == cpu {
      known[measurement.of.conditions] = measurement.of
    }
  }

  /// What was measured under `conditions`.
  package subscript(conditions: Measurement.Conditions) -> Measurement? { known[conditions] }

  /// Keeps a measurement, beside those that other processes have written in the meantime.
  package func keep(_ measurement: Measurement) {
    known[measurement.conditions] = measurement
    guard let path else { return complain("no folder to keep measurements in: set CNNZOO_HOME") }
    var all = stored().filter { $0.cpu != cpu || known[$0.of.conditions] == nil }
    all += known.values.map { (cpu, $0) }
    all.sort { $0.of.order < $1.of.order }
    let object: JSONObject = [
      "schema": .string(Self.schema), "measurements": .array(all.map { $0.of.json(cpu: $0.cpu) }),
    ]
    do throws(FileError) {
      if let slash = path.lastIndex(of: "/") { try CacheFolder.create(String(path[..<slash])) }
      try AtomicFile.write(Array(object.line.utf8), to: path)
    } catch { complain("\(error): measurements hold for this run only") }
  }

  private func complain(_ text: String) {
    if hasComplained { return }
    hasComplained = true
    note(text)
  }

  /// Everything in the file, of every CPU: a folder may be shared by machines.
  private func stored() -> [(cpu: String, of: Measurement)] {
    guard let path else { return [] }
    do {
      let file = try RegularFile(path: path)
      guard file.size <= Self.maximumBytes else {
        complain("\(escaped(path)): ignored: \(file.size) bytes, at most \(Self.maximumBytes) expected")
        return []
      }
      let json = try JSON(parsing: file.bytes(at: 0, count: file.size))
      guard case .object(let object) = json, object["schema"]?.string == Self.schema,
        case .array(let items)? = object["measurements"]
      else {
        complain("\(escaped(path)): ignored: not made by this version of cnnzoo")
        return []
      }
      return items.compactMap(Measurement.read)
    } catch FileError.notFound {
    } catch let error as FileError { complain("\(error): ignored") } catch {
      complain("\(escaped(path)): ignored: \(error)")
    }
    return []
  }
}

extension Measurement {
  fileprivate var order: (String, Int, Int, String, String) {
    let under = conditions
    return (under.model, under.batch, under.threads, under.instructionSet, under.openBLAS + under.version)
  }

  fileprivate func json(cpu: String) -> JSON {
    [
      "cpu": .string(cpu), "model": .string(conditions.model), "batch": .integer(conditions.batch),
      "threads": .integer(conditions.threads), "instruction_set": .string(conditions.instructionSet),
      "openblas": .string(conditions.openBLAS), "version": .string(conditions.version),
      "minimum_ms": .number(minimumMilliseconds), "median_ms": .number(medianMilliseconds),
      "runs": .integer(runs), "time": .integer(time),
    ]
  }

  /// A measurement that makes sense; `nil` for anything else.
  fileprivate static func read(_ json: JSON) -> (cpu: String, of: Measurement)? {
    guard case .object(let object) = json, let cpu = object["cpu"]?.string,
      let model = object["model"]?.string,
      let batch = object["batch"]?.integer, let threads = object["threads"]?.integer,
      let instructionSet = object["instruction_set"]?.string, let openBLAS = object["openblas"]?.string,
      let version = object["version"]?.string, let minimum = object["minimum_ms"]?.number,
      let median = object["median_ms"]?.number, let runs = object["runs"]?.integer,
      let time = object["time"]?.integer, minimum > 0, median >= minimum, runs > 0
    else { return nil }
    let conditions = Conditions(
      model: model, batch: batch, threads: threads, instructionSet: instructionSet, openBLAS: openBLAS,
      version: version)
    return (
      cpu,
      Measurement(
        conditions: conditions, minimumMilliseconds: minimum, medianMilliseconds: median, runs: runs,
        time: time)
    )
  }
}
