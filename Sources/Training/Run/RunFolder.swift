import Files
import Glibc
import Text

/// The output folder of a training run, which one process at a time may use.
package final class RunFolder {
  /// The folder.
  package let path: String
  private let lock: Int32

  /// Settings of the training run.
  package var config: String { path + "/config.json" }
  /// Metrics: a line for each interval and epoch.
  package var metrics: String { path + "/metrics.jsonl" }
  /// Weights after the last save.
  package var last: String { path + "/last.safetensors" }
  /// Weights of the best test accuracy.
  package var best: String { path + "/best.safetensors" }
  /// Everything needed to resume: weights, optimizer state, position in the data.
  package var state: String { path + "/state.safetensors" }

  /// Whether a training run was saved here.
  package var holdsState: Bool { access(state, F_OK) == 0 }
  /// Whether a training run was started here.
  package var holdsRun: Bool { holdsState || access(config, F_OK) == 0 }

  /// Creates the folder if it is missing, and locks it for the lifetime of this value.
  ///
  /// Throws ``TrainingError/locked(folder:)`` where another process holds the lock.
  package init(path: String) throws(TrainingError) {
    self.path = path
    try Self.create(path)
    let descriptor = open(path + "/.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .file(.cannotCreate(path: path + "/.lock", errno: errno)) }
    lock = descriptor
    // The system frees the lock with the process, however that ends.
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw .locked(folder: path)
    }
  }

  deinit { close(lock) }

  private static func create(_ path: String) throws(TrainingError) {
    var prefix = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      prefix += prefix.isEmpty || prefix.hasSuffix("/") ? part : "/" + part
      guard mkdir(prefix, 0o777) == 0 || errno == EEXIST else {
        throw .file(.cannotCreate(path: prefix, errno: errno))
      }
    }
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw .file(.cannotCreate(path: path, errno: ENOTDIR))
    }
  }

  /// Removes files that a killed process did not finish writing.
  package func removeUnfinished() {
    guard let stream = opendir(path) else { return }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasSuffix(".tmp"), name.contains(".safetensors.") || name.contains(".json.") {
        unlink(path + "/" + name)
      }
    }
  }

  /// Writes the settings of a new run.
  package func writeConfig(_ settings: JSONObject) throws(TrainingError) {
    do throws(FileError) {
      try AtomicFile.write(Array(settings.lines.utf8), to: config)
    } catch { throw .file(error) }
  }

  /// Compares the settings with those that the training run was started with.
  ///
  /// A path may be spelled differently: it is the same if the canonical one, under the key with `_path`, is the same. There
  /// may be more epochs.
  ///
  /// Throws ``TrainingError/otherSettings(folder:differences:)``.
  package func checkConfig(_ settings: JSONObject) throws(TrainingError) {
    let stored = try storedConfig()
    let canonical = Dictionary(
      settings.members.filter { $0.key.hasSuffix("_path") }.map { ($0.key, $0.value.text) }
    ) { $1 }
    let differences = settings.members.filter { member in
      let key = member.key + "_path"
      let isSamePlace = canonical[key] != nil && stored[key] == canonical[key]
      let isLonger = member.key == "epochs" && Self.isLess(stored[member.key], member.value.text)
      return stored[member.key] != member.value.text && canonical[member.key] == nil && !isSamePlace
        && !isLonger
    }.map {
      "\($0.key) was \(stored[$0.key] ?? "absent"), is \($0.value.text)"
    }
    if !differences.isEmpty { throw .otherSettings(folder: path, differences: differences) }
  }

  /// Epochs that the run was to have when it was last started; `nil` where none was.
  package var storedEpochs: Int? { (try? storedConfig()["epochs"]).flatMap { Int($0) } }

  /// The members of the configuration, as text.
  private func storedConfig() throws(TrainingError) -> [String: String] {
    let text: String
    do throws(FileError) {
      let file = try RegularFile(path: config)
      text = String(decoding: try file.bytes(at: 0, count: min(file.size, 1 << 20)), as: UTF8.self)
    } catch { throw .file(error) }
    var stored: [String: String] = [:]
    for line in text.split(separator: "\n") {
      var line = line.drop { $0 == " " }
      if line.last == "," { line.removeLast() }
      guard line.first == "\"", let end = line.dropFirst().firstIndex(of: "\"") else { continue }
      stored[String(line[line.index(after: line.startIndex)..<end])] = String(
        line[line.index(after: end)...].drop { $0 == ":" || $0 == " " })
    }
    return stored
  }

  private static func isLess(_ old: String?, _ new: String) -> Bool {
    guard let old = old.flatMap({ Int($0) }), let new = Int(new) else { return false }
    return old < new
  }
}
