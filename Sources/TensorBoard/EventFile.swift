import EventSchema
import Files
import Glibc
import SwiftProtobuf

/// A file of scalars that TensorBoard reads: events in the framing of TFRecord.
///
/// Each record is a length of 8 bytes, its checksum, an event, and its checksum, all little-endian. A record is written at
/// once, so a killed process leaves at most the last one incomplete, and readers ignore that.
package final class EventFile {
  private let path: String
  private let descriptor: Int32

  /// What is in the name of every event file; TensorBoard looks for it.
  private static let prefix = "events.out.tfevents."

  /// Creates the next file in `folder`, which is created if it is missing.
  ///
  /// TensorBoard reads the files of a folder in the order of their names, which begin with the time; the new one comes after all
  /// that are there.
  ///
  /// - Parameters:
  ///   - folder: The folder of the curves.
  ///   - step: The first step of this file: what earlier files have from it on no longer counts.
  /// - Throws: ``FileError``.
  package init(in folder: String, from step: Int) throws(FileError) {
    guard unsafe mkdir(folder, 0o777) == 0 || errno == EEXIST else {
      throw .cannotCreate(path: folder, errno: errno)
    }
    let names = try FolderContents(of: FilePath(folder)).entries.map {
      String(decoding: $0.name, as: UTF8.self)
    }
    let times = names.compactMap { name in
      name.hasPrefix(Self.prefix) ? Int(name.dropFirst(Self.prefix.count).prefix { $0 != "." }) : nil
    }
    let time = max(Int(Self.now()), (times.max() ?? 0) + 1)
    path = "\(folder)/\(Self.prefix)\(time).cnnzoo"
    descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .cannotCreate(path: path, errno: errno) }
    var version = Tensorboard_Event()
    version.fileVersion = "brain.Event:2"
    try append(version)
    if !times.isEmpty {
      var start = Tensorboard_Event()
      start.step = Int64(step)
      start.sessionLog.status = .start
      try append(start)
    }
  }

  deinit { close(descriptor) }

  /// Appends the values of a step.
  ///
  /// Throws ``FileError``.
  package func append(_ scalars: [(tag: String, value: Double)], step: Int) throws(FileError) {
    var event = Tensorboard_Event()
    event.step = Int64(step)
    event.summary.value = scalars.map { tag, value in
      var scalar = Tensorboard_Summary.Value()
      scalar.tag = tag
      scalar.simpleValue = Float(value)
      return scalar
    }
    try append(event)
  }

  /// Flushes the file to disk.
  ///
  /// Throws ``FileError``.
  package func sync() throws(FileError) {
    guard fsync(descriptor) == 0 else { throw .writeFailed(path: path, errno: errno) }
  }

  private func append(_ event: Tensorboard_Event) throws(FileError) {
    var event = event
    event.wallTime = Self.now()
    let data: [UInt8]
    // Only a required field that is missing, or more than 2 GiB, is an error.
    do { data = try event.serializedBytes() } catch { throw .writeFailed(path: path, errno: EINVAL) }
    let length = Self.littleEndian(UInt64(data.count))
    var record =
      (length + Self.littleEndian(CRC32C.masked(length)) + data + Self.littleEndian(CRC32C.masked(data)))[...]
    while !record.isEmpty {
      let count = unsafe record.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw .writeFailed(path: path, errno: errno) }
      record = record.dropFirst(count)
    }
  }

  private static func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  /// Seconds since 1970.
  private static func now() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
