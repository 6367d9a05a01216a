import Files
import Glibc
import Recipes
import Text
import Weights

/// The output folder of a training run, which one process at a time may use.
package final class RunFolder {
  /// The folder.
  package let path: String
  private let lock: Int32

  /// Settings of the training run.
  package var config: String { Self.config(in: path) }
  /// Metrics: a line for each interval and epoch.
  package var metrics: String { path + "/metrics.jsonl" }
  /// Folder of TensorBoard's event files.
  package var events: String { Self.events(in: path) }
  /// Weights after the last save.
  package var last: String { path + "/last.safetensors" }
  /// Weights of the best test accuracy.
  package var best: String { path + "/best.safetensors" }
  /// Everything needed to resume: weights, optimizer state, position in the data.
  package var state: String { path + "/state.safetensors" }

  /// The settings of the training run in `folder`.
  package static func config(in folder: String) -> String { folder + "/config.json" }

  /// The folder of TensorBoard's event files of the training run in `folder`.
  package static func events(in folder: String) -> String { folder + "/tensorboard" }

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

  /// Creates a folder, and those that it is in, where they are missing.
  static func create(_ path: String) throws(TrainingError) {
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
    guard let contents = try? FolderContents(of: FilePath(path)) else { return }
    for name in contents.entries.map({ String(decoding: $0.name, as: UTF8.self) })
    where name.hasSuffix(".tmp") && (name.contains(".safetensors.") || name.contains(".json.")) {
      unlink(path + "/" + name)
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
  /// may be more epochs, and the schedule that stretches with them, and another rule of early stopping.
  ///
  /// Throws ``TrainingError/otherSettings(folder:differences:)``.
  package func checkConfig(_ settings: JSONObject) throws(TrainingError) {
    guard let stored = try Self.storedConfig(in: path) else { throw .file(.notFound(path: config)) }
    // A number has the same text as the stored one only after it was read as that was.
    let settings = (try? JSON(parsing: Array(settings.text.utf8)))?.object ?? settings
    let longer = Self.stretched(stored, to: settings["epochs"]?.integer ?? 0)
    var differences = settings.members.compactMap { member -> String? in
      let (key, value, before) = (member.key, member.value.text, stored[member.key]?.text)
      if key.hasSuffix("_path") || key == Self.earlyStopping { return nil }
      if before == value || longer[key]?.text == value { return nil }
      if let place = settings[key + "_path"], stored[key + "_path"]?.text == place.text { return nil }
      return "\(key) was \(before.map { Label($0).description } ?? "absent"), is \(value)"
    }
    let absent = stored.members.filter {
      settings[$0.key] == nil && !$0.key.hasSuffix("_path") && $0.key != Self.earlyStopping
    }
    differences += absent.map { "\(Label($0.key)) was \(Label($0.value.text)), is absent" }
    if !differences.isEmpty { throw .otherSettings(folder: path, differences: differences) }
  }

  /// The member with the rule of early stopping.
  static let earlyStopping = "early_stopping"

  /// Whether the stored settings lack what ``checkConfig(_:)`` lets a resumed training run change.
  func isOutdated(by settings: JSONObject) throws(TrainingError) -> Bool {
    let stored = try Self.storedConfig(in: path)
    return ["epochs", Self.earlyStopping].contains { stored?[$0]?.text != settings[$0]?.text }
  }

  /// What differs in a configuration when the run is to have more epochs than before.
  private static func stretched(_ stored: JSONObject, to epochs: Int) -> JSONObject {
    guard let before = stored["epochs"]?.integer, 0 < before, before < epochs,
      let schedule = stored["schedule"]?.string.flatMap({ try? Schedule(parsing: $0) }),
      let warmup = stored["warmup_epochs"]?.integer
    else { return [:] }
    var rate = LearningRate(base: 0, schedule: schedule, warmupEpochs: warmup)
    rate.stretch(from: before, to: epochs)
    return [
      "epochs": .integer(epochs), "schedule": .string("\(rate.schedule)"),
      "warmup_epochs": .integer(rate.warmupEpochs),
    ]
  }

  /// Epochs that the run was to have when it was last started; `nil` where none was.
  package var storedEpochs: Int? { (try? Self.storedConfig(in: path))?["epochs"]?.integer }

  /// The configuration of the run in `folder`; `nil` where none was started.
  ///
  /// Throws ``TrainingError``.
  package static func storedConfig(in folder: String) throws(TrainingError) -> JSONObject? {
    let path = config(in: folder)
    let bytes: [UInt8]
    do throws(FileError) {
      let file = try RegularFile(path: path)
      bytes = try file.bytes(at: 0, count: min(file.size, longestConfig))
    } catch {
      if case .notFound = error { return nil }
      throw .file(error)
    }
    let value: JSON
    do throws(JSONError) { value = try JSON(parsing: bytes) } catch {
      throw .wrongState(path: path, detail: "\(error)")
    }
    guard let object = value.object else {
      throw .wrongState(path: path, detail: "it is not a JSON object")
    }
    return object
  }

  private static let longestConfig = 1 << 20
}
