import Text
import Synchronization
import TensorCore

/// An opened weight file: its tensors by name, and their elements on demand.
///
/// Opening reads headers only. Elements are read tensor by tensor, directly to their destination, from any number of
/// threads; nothing is mapped or cached.
///
/// ```swift
/// let checkpoint = try Checkpoint.open(path: "resnet50.pth")
/// for tensor in checkpoint.tensors { print(tensor.name, tensor.shape, tensor.elementType) }
/// ```
package final class Checkpoint: Sendable {
  /// The formats, detected by content; raw values are names for users.
  package enum Format: String, Hashable, Sendable {
    /// A JSON header, then the tensors.
    case safetensors
    /// The zip archive that PyTorch writes since 1.6.
    case torch = "PyTorch"
    /// The pickle with tensors behind it that PyTorch wrote before 1.6.
    case torchLegacy = "PyTorch, legacy"
    /// A zip archive of `.npy`.
    case npz = "NumPy archive"
    /// A single array.
    case npy = "NumPy array"
  }

  /// The format of the file.
  package let format: Format
  /// The tensors, in the order of the file.
  package let tensors: [TensorEntry]
  /// The metadata of the file (safetensors only).
  package let metadata: [(key: String, value: String)]
  /// The path as given.
  package var path: String { source.path }
  /// Size of the file in bytes.
  package var size: Int { source.size }

  private let source: ByteSource
  /// Offsets of the storages whose checksums have been verified: a storage may hold many tensors.
  private let checked = Mutex<Set<Int>>([])

  /// The name given to the tensor of an `.npy`, which has none.
  static let onlyTensor = "array"

  /// Opens the file at `path`, whatever its suffix is.
  ///
  /// Throws ``CheckpointError``.
  package static func open(path: String) throws(CheckpointError) -> Checkpoint {
    try Checkpoint(ByteSource(path: path))
  }

  /// Detects the format, reads the headers and checks them.
  ///
  /// Throws ``CheckpointError``.
  package init(_ source: ByteSource) throws(CheckpointError) {
    var tensors: [TensorEntry]
    var metadata: [(key: String, value: String)] = []
    switch try Signature(source) {
    case .safetensors:
      format = .safetensors
      let file = try Safetensors(source)
      tensors = file.entries
      metadata = file.metadata
    case .zip:
      let archive = try ZipArchive(source)
      if let pickle = archive.members.first(where: { $0.name == "data.pkl" || $0.name.hasSuffix("/data.pkl") }
      ) {
        format = .torch
        tensors = try TorchFormat.archive(source, archive, pickle: pickle)
      } else if archive.members.allSatisfy({ $0.name.hasSuffix(".npy") }) {
        format = .npz
        tensors = try NumPyFormat.archive(source, archive)
      } else {
        throw source.unusable(.unknownArchive)
      }
    case .pickle:
      format = .torchLegacy
      tensors = try TorchFormat.legacy(source)
    case .numPy:
      format = .npy
      tensors = [try NumPyFormat.array(source, name: Checkpoint.onlyTensor)]
    }
    Checkpoint.stripPrefixes(&tensors)
    self.source = source
    self.metadata = metadata
    self.tensors = tensors
    try source.checked { () throws(CheckpointDefect) in try Checkpoint.check(tensors, fileSize: source.size) }
  }

  /// Removes the prefixes that `DataParallel` and `torch.compile` add to every name.
  private static func stripPrefixes(_ tensors: inout [TensorEntry]) {
    for prefix in ["_orig_mod.", "module.", "_orig_mod."]
    where !tensors.isEmpty && tensors.allSatisfy({ $0.name.hasPrefix(prefix) }) {
      for index in tensors.indices { tensors[index].name.removeFirst(prefix.count) }
    }
  }

  private static func check(_ tensors: [TensorEntry], fileSize: Int) throws(CheckpointDefect) {
    guard !tensors.isEmpty else { throw .noTensors }
    var names: Set<String> = []
    var stored = 0
    for tensor in tensors {
      guard names.insert(tensor.name).inserted else { throw .duplicateTensor(Label(tensor.name)) }
      if tensor.extent.isDeflated { continue }
      guard let sum = stored.addedIfFits(tensor.byteCount),
        sum / CheckpointLimits.sharing <= fileSize
      else { throw .totalBytes(file: fileSize) }
      stored = sum
    }
  }

  // MARK: Reading

  /// Writes the elements of `tensor`, row-major, as float32.
  ///
  /// `destination` holds exactly `tensor.shape.count` floats. Float32 goes from the file to its place
  /// without a copy between; other types go through a buffer of 256 KiB, strided tensors through one
  /// of their span. May be called from several threads. Throws ``CheckpointError``.
  package func read(
    _ tensor: TensorEntry, into destination: UnsafeMutableBufferPointer<Float>
  ) throws(CheckpointError) {
    guard destination.count == tensor.shape.count else {
      throw .notHeld(source: path, parameter: Label(tensor.name))
    }
    guard let strides = tensor.strides, !destination.isEmpty else {
      return try unsafe readSpan(tensor, into: destination)
    }
    let span = UnsafeMutableBufferPointer<Float>.allocate(capacity: tensor.span)
    defer { unsafe span.deallocate() }
    unsafe span.initialize(repeating: 0)
    try unsafe readSpan(tensor, into: span)
    unsafe gather(
      UnsafeBufferPointer(span), shape: tensor.shape.dimensions, strides: strides, into: destination)
  }

  /// Everything from the first element to the last, gaps included.
  private func readSpan(
    _ tensor: TensorEntry, into floats: UnsafeMutableBufferPointer<Float>
  ) throws(CheckpointError) {
    let extent = tensor.extent
    let isChecking =
      (extent.isDeflated || extent.checksum != 0)
      && !checked.withLock { $0.contains(extent.offset) }
    let reader = try ExtentReader(source, extent, checking: isChecking)
    try reader.skip(tensor.firstByte)
    if tensor.elementType == .float32 {
      try unsafe reader.read(into: UnsafeMutableRawBufferPointer(floats))
    } else {
      try unsafe readConverting(tensor.elementType, from: reader, into: floats)
    }
    try reader.finish()
    if isChecking { checked.withLock { _ = $0.insert(extent.offset) } }
  }

  private func readConverting(
    _ type: ElementType, from reader: ExtentReader, into floats: UnsafeMutableBufferPointer<Float>
  ) throws(CheckpointError) {
    let capacity = min(floats.count, ExtentReader.pieceSize / type.byteCount)
    let piece = UnsafeMutableRawBufferPointer.allocate(
      byteCount: capacity * type.byteCount, alignment: 64)
    defer { unsafe piece.deallocate() }
    var done = 0
    while done < floats.count {
      let count = min(capacity, floats.count - done)
      let bytes = unsafe UnsafeMutableRawBufferPointer(rebasing: piece[..<(count * type.byteCount)])
      try unsafe reader.read(into: bytes)
      unsafe type.decode(
        UnsafeRawBufferPointer(bytes),
        into: UnsafeMutableBufferPointer(rebasing: floats[done..<done + count]))
      done += count
    }
  }
}

/// Copies a strided tensor into row-major order.
private func gather(
  _ source: UnsafeBufferPointer<Float>, shape: [Int], strides: [Int],
  into destination: UnsafeMutableBufferPointer<Float>
) {
  guard let rowLength = shape.last, let step = strides.last else { return }
  var index = [Int](repeating: 0, count: shape.count - 1)
  var start = 0
  for row in stride(from: 0, to: destination.count, by: rowLength) {
    for column in 0..<rowLength { unsafe destination[row + column] = unsafe source[start + column * step] }
    // Counts like an odometer: the innermost of the outer axes changes fastest.
    for axis in index.indices.reversed() {
      index[axis] += 1
      start += strides[axis]
      if index[axis] < shape[axis] { break }
      start -= shape[axis] * strides[axis]
      index[axis] = 0
    }
  }
}

/// The kind of a file, detected by its first bytes.
private enum Signature {
  case safetensors, zip, pickle, numPy

  init(_ source: ByteSource) throws(CheckpointError) {
    let head = try source.bytes(at: 0, count: min(source.size, 512))
    if head.isEmpty { throw source.unusable(.emptyFile) }
    if head.holds([0x50, 0x4b, 3, 4], at: 0) || head.holds([0x50, 0x4b, 5, 6], at: 0) {
      self = .zip
    } else if head.holds(NumPyHeader.magic, at: 0) {
      self = .numPy
    } else if Signature.startsWithHeaderLength(head, fileSize: source.size) {
      self = .safetensors
    } else if head[0] == 0x80 {
      self = .pickle
    } else if head.holds(Array("ustar".utf8), at: 257) {
      throw source.unusable(.legacyTar)
    } else if head.holds(Array("version https://git-lfs".utf8), at: 0) {
      throw source.unusable(.gitPointer)
    } else if let first = head.first(where: { $0 > 0x20 }), first == UInt8(ascii: "<") {
      throw source.unusable(.webPage)
    } else {
      throw source.unusable(.unknownFormat)
    }
  }

  /// Whether the file begins like safetensors: the length of a header, then its opening brace.
  ///
  /// The length's last byte may be a pickle's first, so the file is held to this before it is held to that; a
  /// length that the file cannot have is left for the parser to name unless a pickle explains it.
  private static func startsWithHeaderLength(_ head: [UInt8], fileSize: Int) -> Bool {
    guard head.count > 8, head[8] == UInt8(ascii: "{") else { return false }
    let length = (0..<8).reduce(UInt64(0)) { $0 | UInt64(head[$1]) << (8 * UInt64($1)) }
    return head[0] != 0x80 || length <= UInt64(fileSize)
  }
}
