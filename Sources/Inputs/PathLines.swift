import Files
import Glibc

/// Paths read from a file descriptor, each returned as soon as its separator has arrived.
struct PathLines {
  private let descriptor: Int32
  private let separator: ImageList.Separator
  private var buffer: [UInt8] = []
  private var position = 0
  private var isAtEnd = false
  private var isAtStart = true

  init(descriptor: Int32, separator: ImageList.Separator) {
    self.descriptor = descriptor
    self.separator = separator
  }

  /// The next path, or `nil` at the end; throws for a path that is too long, and skips it.
  ///
  /// In a list with one path a line, a byte order mark at the start and blank lines are ignored.
  mutating func next() throws(InputError) -> FilePath? {
    while var item = try nextItem() {
      if isAtStart {
        isAtStart = false
        let mark: [UInt8] = [0xef, 0xbb, 0xbf]
        if separator == .newline, item.starts(with: mark) { item.removeFirst(mark.count) }
      }
      // The system would end the path at a NUL.
      if item.contains(0) { throw .file(.notFound(path: String(decoding: item, as: UTF8.self))) }
      if separator == .newline { PathLines.trim(&item) }
      if !item.isEmpty { return FilePath(bytes: item) }
    }
    return nil
  }

  /// Whether more of the list is there, or its end.
  var isNextAtHand: Bool {
    if isAtEnd || buffer[position...].contains(separator.rawValue) { return true }
    var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&state, 1, 0) > 0
  }

  /// Removes a carriage return and blanks from the end of a line, unless a file has exactly this name.
  private static func trim(_ line: inout [UInt8]) {
    let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0d }
    guard let last = line.last, isBlank(last) else { return }
    var status = stat()
    if unsafe FilePath(bytes: line).withCString({ unsafe lstat($0, &status) }) == 0 { return }
    while let last = line.last, isBlank(last) { line.removeLast() }
  }

  /// The bytes up to the next separator, or `nil` at the end.
  private mutating func nextItem() throws(InputError) -> [UInt8]? {
    var item: [UInt8] = []
    var isTooLong = false
    while true {
      if position == buffer.count {
        if !isAtEnd { try refill() }
        if isAtEnd {
          if isTooLong { throw .pathTooLong(limit: ImageList.longestPath) }
          return item.isEmpty ? nil : item
        }
      }
      let end = buffer[position...].firstIndex(of: separator.rawValue)
      let part = buffer[position..<(end ?? buffer.count)]
      position = end.map { $0 + 1 } ?? buffer.count
      // Of a path that is too long, only the end matters.
      isTooLong = isTooLong || item.count + part.count > ImageList.longestPath
      if isTooLong { item = [] } else { item += part }
      guard end != nil else { continue }
      if isTooLong { throw .pathTooLong(limit: ImageList.longestPath) }
      return item
    }
  }

  private mutating func refill() throws(InputError) {
    buffer = [UInt8](repeating: 0, count: 65536)
    position = 0
    var count: Int
    repeat {
      count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
    } while count < 0 && errno == EINTR
    if count <= 0 { isAtEnd = true }
    buffer.removeLast(buffer.count - max(count, 0))
    if count < 0 { throw .unreadableList(errno: errno) }
  }
}
