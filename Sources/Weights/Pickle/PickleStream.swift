/// The bytes of a pickle, read from the file on demand.
///
/// A pickle does not state its length, and in PyTorch's legacy format gigabytes of tensors follow it. Bytes are
/// therefore read in growing steps, up to ``CheckpointLimits/pickle``.
struct PickleStream {
  private static let firstStep = 1 << 14

  private let source: ByteSource
  /// Offset of the stream in the file.
  let start: Int
  private let end: Int
  private var bytes: [UInt8] = []
  /// Text that stands in the pickle with escapes, without them.
  private var decoded: [UInt8] = []
  /// Offset of the next byte within the stream.
  private(set) var position = 0

  /// A stream over part of a file.
  init(_ source: ByteSource, from start: Int, to end: Int) {
    self.source = source
    self.start = start
    self.end = end
  }

  /// A stream over bytes that were extracted from an archive.
  init(_ source: ByteSource, inflated bytes: [UInt8], memberOffset: Int) {
    self.source = source
    start = memberOffset
    end = memberOffset + bytes.count
    self.bytes = bytes
  }

  /// Offset of the next byte in the file, for messages.
  var place: Int { start + position }

  /// The next byte.
  mutating func byte() throws(CheckpointError) -> UInt8 {
    try need(1)
    defer { position += 1 }
    return bytes[position]
  }

  /// The next bytes as a little-endian number.
  mutating func number<Integer: FixedWidthInteger & UnsignedInteger>(
    _ type: Integer.Type
  ) throws(CheckpointError) -> Integer {
    try need(MemoryLayout<Integer>.size)
    defer { position += MemoryLayout<Integer>.size }
    return bytes.littleEndian(type, at: position) ?? 0
  }

  /// The length of the bytes that follow.
  mutating func length<Integer: FixedWidthInteger & UnsignedInteger>(
    _ type: Integer.Type
  ) throws(CheckpointError) -> Int {
    guard let length = Int(exactly: try number(type)) else {
      throw source.unusable(.pickleEnds(offset: place))
    }
    return length
  }

  /// Consumes `count` bytes and returns their range.
  mutating func run(_ count: Int) throws(CheckpointError) -> Range<Int> {
    try need(count)
    defer { position += count }
    return position..<position + count
  }

  /// Consumes a line and returns its range, without the line feed.
  mutating func line() throws(CheckpointError) -> Range<Int> {
    let begin = position
    while try byte() != 0x0a {}
    return begin..<position - 1
  }

  /// Keeps text that was decoded; its range lies behind every place in the pickle.
  mutating func keep(_ text: [UInt8]) -> Range<Int> {
    let begin = longest + decoded.count
    decoded += text
    return begin..<begin + text.count
  }

  /// The bytes in a range.
  func bytes(_ run: Range<Int>) -> ArraySlice<UInt8> {
    run.lowerBound < longest ? bytes[run] : decoded[run.lowerBound - longest..<run.upperBound - longest]
  }

  /// The text in a range, or `nil` if it is not UTF-8.
  func text(_ run: Range<Int>) -> String? { String(validating: bytes(run), as: UTF8.self) }

  /// No place in the pickle is behind this one: what lies in memory already has no limit.
  private var longest: Int { max(bytes.count, CheckpointLimits.pickle) }

  /// Whether `expected` comes next.
  mutating func isNext(_ expected: [UInt8]) -> Bool {
    guard (try? need(expected.count)) != nil else { return false }
    return bytes.holds(expected, at: position)
  }

  private mutating func need(_ count: Int) throws(CheckpointError) {
    guard count > bytes.count - position else { return }
    guard count <= end - start - position else { throw source.unusable(.pickleEnds(offset: end)) }
    guard count <= CheckpointLimits.pickle - position else {
      throw source.unusable(.pickleLimit(offset: start))
    }
    let wanted = max(position + count, bytes.count * 2, PickleStream.firstStep)
    let step = min(wanted, end - start, CheckpointLimits.pickle) - bytes.count
    bytes += try source.bytes(at: start + bytes.count, count: step)
  }
}
