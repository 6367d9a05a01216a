import CZlib
import Files

/// A range of bytes in a file that contains one or several tensors: a storage, or a member of an archive.
struct Extent: Hashable, Sendable {
  /// Offset of the stored bytes.
  var offset: Int
  /// Number of bytes in the file.
  var storedCount: Int
  /// Number of bytes after decompression.
  var count: Int
  /// Whether the bytes are a raw deflate stream.
  var isDeflated = false
  /// CRC-32 of the decompressed bytes; 0 if none was recorded.
  var checksum: UInt32 = 0

  /// Plain bytes in the file without a checksum.
  init(offset: Int, count: Int) {
    self.offset = offset
    storedCount = count
    self.count = count
  }
}

/// Reads an extent sequentially, decompressing it and verifying its checksum.
///
/// Without compression and checksum, skipping is free, and bytes are read directly to their destination. The
/// checksum is computed on pieces while they are in cache.
final class ExtentReader {
  /// Number of bytes that are read and checked at a time.
  static let pieceSize = 1 << 18

  private let source: ByteSource
  private let extent: Extent
  private let isChecking: Bool
  private var position = 0
  private var checksum: UInt = 0
  private var inflater: Inflater?

  /// A reader at the beginning of `extent`; if `checking`, ``finish()`` verifies the checksum.
  init(_ source: ByteSource, _ extent: Extent, checking: Bool) throws(CheckpointError) {
    self.source = source
    self.extent = extent
    isChecking = checking
    inflater = extent.isDeflated ? try Inflater(source, extent) : nil
  }

  /// Fills `destination` with the next bytes.
  func read(into destination: UnsafeMutableRawBufferPointer) throws(CheckpointError) {
    guard destination.count <= extent.count - position else {
      throw unsafe source.unusable(.extentEnds(needed: position + destination.count, held: extent.count))
    }
    let pieceSize = isChecking ? Self.pieceSize : max(1, destination.count)
    var done = 0
    while done < destination.count {
      let piece = unsafe UnsafeMutableRawBufferPointer(
        rebasing: destination[done..<min(done + pieceSize, destination.count)])
      if let inflater {
        try unsafe inflater.read(into: piece)
      } else {
        try unsafe source.read(at: extent.offset + position, into: piece)
      }
      if isChecking {
        checksum = unsafe crc32(
          checksum, piece.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt32(piece.count))
      }
      done += piece.count
      position += piece.count
    }
  }

  /// Skips the next `count` bytes.
  func skip(_ count: Int) throws(CheckpointError) {
    guard isChecking || extent.isDeflated else {
      position += count
      return
    }
    guard count > 0 else { return }
    let piece = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(count, Self.pieceSize), alignment: 64)
    defer { unsafe piece.deallocate() }
    var left = count
    while left > 0 {
      let part = unsafe UnsafeMutableRawBufferPointer(rebasing: piece[..<min(left, piece.count)])
      try unsafe read(into: part)
      left -= part.count
    }
  }

  /// Reads the rest of the extent and verifies its end and its checksum, if the reader checks them.
  func finish() throws(CheckpointError) {
    guard isChecking else { return }
    try skip(extent.count - position)
    try inflater?.finish()
    guard extent.checksum == 0 || UInt32(truncatingIfNeeded: checksum) == extent.checksum else {
      throw source.unusable(
        .checksum(
          offset: extent.offset, recorded: extent.checksum,
          computed: UInt32(truncatingIfNeeded: checksum)))
    }
  }
}

/// Decompresses a raw deflate stream in a file, piece by piece.
@safe private final class Inflater {
  private static let inputSize = 1 << 16

  private let source: ByteSource
  private let extent: Extent
  // zlib stores the address of its stream, so the stream must not move.
  private let stream: UnsafeMutablePointer<z_stream>
  private let input: UnsafeMutableRawBufferPointer
  private var taken = 0
  private var hasEnded = false

  init(_ source: ByteSource, _ extent: Extent) throws(CheckpointError) {
    self.source = source
    self.extent = extent
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    unsafe input = .allocate(byteCount: Self.inputSize, alignment: 64)
    let status = unsafe inflateInit2_(
      stream, -MAX_WBITS, zlibVersion(), Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else { throw failure(status) }
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
    unsafe input.deallocate()
  }

  func read(into destination: UnsafeMutableRawBufferPointer) throws(CheckpointError) {
    var done = 0
    while done < destination.count {
      let part = unsafe UnsafeMutableRawBufferPointer(
        rebasing: destination[done..<min(destination.count, done + Int(UInt32.max))])
      let made = try unsafe inflateSome(into: part)
      guard made > 0 || !hasEnded else {
        throw source.unusable(.deflateShort(offset: extent.offset, claimed: extent.count))
      }
      done += made
    }
  }

  /// Checks that input and output end exactly where the archive says.
  func finish() throws(CheckpointError) {
    var spare: UInt8 = 0
    while !hasEnded {
      let made = try unsafe withUnsafeMutableBytes(of: &spare) {
        (raw: UnsafeMutableRawBufferPointer) throws(CheckpointError) in try unsafe inflateSome(into: raw)
      }
      guard made == 0 else {
        throw source.unusable(.deflateLong(offset: extent.offset, claimed: extent.count))
      }
    }
    guard unsafe taken == extent.storedCount && stream.pointee.avail_in == 0 else {
      throw source.unusable(.deflateLong(offset: extent.offset, claimed: extent.count))
    }
  }

  /// What a failure of zlib means: the bytes are damaged, or there is no memory for its window of 32 KiB.
  private func failure(_ status: Int32) -> CheckpointError {
    status == Z_MEM_ERROR
      ? .file(.outOfMemory(path: source.path, bytes: 1 << 15))
      : source.unusable(.deflateStream(offset: extent.offset, status: status))
  }

  /// Decompresses some bytes; the result is 0 at the end of the stream, or if only input was consumed.
  private func inflateSome(into part: UnsafeMutableRawBufferPointer) throws(CheckpointError) -> Int {
    if hasEnded { return 0 }
    if unsafe stream.pointee.avail_in == 0 {
      let next = min(Self.inputSize, extent.storedCount - taken)
      guard next > 0 else {
        throw source.unusable(.deflateShort(offset: extent.offset, claimed: extent.count))
      }
      try unsafe source.read(
        at: extent.offset + taken, into: UnsafeMutableRawBufferPointer(rebasing: input[..<next]))
      taken += next
      unsafe stream.pointee.next_in = unsafe input.baseAddress?.assumingMemoryBound(to: UInt8.self)
      unsafe stream.pointee.avail_in = UInt32(next)
    }
    unsafe stream.pointee.next_out = unsafe part.baseAddress?.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_out = UInt32(part.count)
    let status = unsafe inflate(stream, Z_NO_FLUSH)
    guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { throw failure(status) }
    hasEnded = status == Z_STREAM_END
    return unsafe part.count - Int(stream.pointee.avail_out)
  }
}
