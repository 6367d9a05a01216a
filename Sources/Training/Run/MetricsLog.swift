import Files
import Glibc
import Text

/// `metrics.jsonl`: one JSON object per line, appended during the training run.
final class MetricsLog {
  private let path: String
  private let descriptor: Int32
  /// Length of the file in bytes.
  private(set) var length = 0

  /// Opens the file and truncates it to `length` bytes: what follows belongs to steps that a resumed training run
  /// repeats.
  init(path: String, length: Int) throws(TrainingError) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .file(.cannotCreate(path: path, errno: errno)) }
    let found = Int(lseek(descriptor, 0, SEEK_END))
    self.length = max(0, min(length, found))
    guard ftruncate(descriptor, off_t(self.length)) == 0 else {
      close(descriptor)
      throw .file(.writeFailed(path: path, errno: errno))
    }
  }

  deinit { close(descriptor) }

  /// Appends a line.
  func append(_ object: JSONObject) throws(TrainingError) {
    var bytes = Array(object.line.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw .file(.writeFailed(path: path, errno: errno)) }
      bytes = bytes.dropFirst(count)
      length += count
    }
  }

  /// Flushes the appended lines to disk.
  func sync() throws(TrainingError) {
    guard fsync(descriptor) == 0 else { throw .file(.writeFailed(path: path, errno: errno)) }
  }
}
