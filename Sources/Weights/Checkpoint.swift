import Synchronization
import TensorCore
import Text

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
  /// The sets of tensors in the file; most have one.
  package let groups: [TensorGroup]
  /// Which set ``tensors`` are: the one with the most tensors.
  package let mainGroup: Int
  /// Its tensors, in the order of the file; those of kinds that are not read are in ``unreadable``.
  package let tensors: [TensorEntry]
  /// The tensors of that set with an unsupported type or layout, such as quantized ones.
  package let unreadable: [ForeignTensor]
  /// The metadata of the file (safetensors only).
  package let metadata: [(key: String, value: String)]
  /// The path as given.
  package var path: String { source.path }
  /// Size of the file in bytes.
  package var size: Int { source.size }

  private let source: ByteSource
  /// The members of an archive; empty for other formats.
  private let members: [ZipArchive.Member]
  /// Offsets of the storages whose checksums have been verified: a storage may hold many tensors.
  private let checked = Mutex<Set<Int>>([])

  /// The name given to the tensor of an `.npy`, which has none.
  static let onlyTensor = "array"

  /// Opens the file at `path`, whatever its suffix is.
  ///
  /// With a `key` only the tensors that it names are looked at: a set (`model_ema`), or what stands below a
  /// module in one (`state_dict.encoder_q`, or `encoder_q` alone where that is clear). Throws
  /// ``CheckpointError``.
  package static func open(path: String, key: String? = nil) throws(CheckpointError) -> Checkpoint {
    try Checkpoint(ByteSource(path: path), key: key)
  }

  /// Detects the format, reads the headers and checks them.
  ///
  /// Throws ``CheckpointError``.
  package init(_ source: ByteSource, key: String? = nil) throws(CheckpointError) {
    var groups: [TensorGroup]
    var metadata: [(key: String, value: String)] = []
    var members: [ZipArchive.Member] = []
    switch try Signature(source) {
    case .safetensors:
      format = .safetensors
      let file = try Safetensors(source)
      groups = [TensorGroup(key: "", members: file.members)]
      metadata = file.metadata
    case .zip:
      let archive = try ZipArchive(source)
      members = archive.members
      if let pickle = members.first(where: { $0.name == "data.pkl" || $0.name.hasSuffix("/data.pkl") }) {
        format = .torch
        groups = try TorchFormat.archive(source, archive, pickle: pickle)
      } else if members.isEmpty {
        throw source.unusable(.noTensors)
      } else if members.allSatisfy({ $0.name.hasSuffix(".npy") }) {
        format = .npz
        groups = [TensorGroup(key: "", members: try NumPyFormat.archive(source, archive))]
      } else {
        throw source.unusable(.unknownArchive)
      }
    case .pickle:
      format = .torchLegacy
      groups = try TorchFormat.legacy(source)
    case .numPy:
      format = .npy
      let array = try NumPyFormat.array(source, name: Checkpoint.onlyTensor)
      groups = [TensorGroup(key: "", members: [.init(array)])]
    }
    if let key { groups = [try Checkpoint.selected(key, of: groups, path: source.path)] }
    let mainGroup = Checkpoint.mainGroup(of: groups)
    self.source = source
    self.members = members
    self.metadata = metadata
    self.groups = groups
    self.mainGroup = mainGroup
    (tensors, unreadable) = try source.checked { () throws(CheckpointDefect) in
      try groups[mainGroup].entries(fileSize: source.size)
    }
  }

  /// Throws for the first tensor of ``unreadable``: where all tensors are wanted.
  package func requireReadable() throws(CheckpointError) {
    if let tensor = unreadable.first { throw source.unusable(tensor.defect) }
  }

  // MARK: Sets of tensors

  /// The tensors of the file that are as likely to be meant as ``tensors``: half as many or more, and other ones.
  package var otherKeys: [String] {
    let main = groups[mainGroup]
    let places = main.members.map(\.place)
    return groups.indices.filter { index in
      index != mainGroup && groups[index].holdsWeights
        && 2 * groups[index].members.count >= main.members.count
        && groups[index].members.map(\.place) != places
    }.map { groups[$0].path(to: "") }
  }

  /// How the file leads to ``tensors``: `state_dict`; `.` where they are the file's only ones.
  package var mainKey: String { groups[mainGroup].path(to: "") }

  /// The largest set that holds weights, the first of several.
  private static func mainGroup(of groups: [TensorGroup]) -> Int {
    var main = 0
    for index in groups.indices {
      let (one, best) = (groups[index], groups[main])
      if (one.holdsWeights ? 1 : 0, one.members.count) > (best.holdsWeights ? 1 : 0, best.members.count) {
        main = index
      }
    }
    return main
  }

  private static func selected(
    _ key: String, of groups: [TensorGroup], path: String
  ) throws(CheckpointError) -> TensorGroup {
    let selected = groups.flatMap { $0.selected(key) }
    let rank = selected.map(\.rank).min()
    let best = selected.filter { $0.rank == rank }.map(\.group)
    guard let group = best.first else {
      throw .noSuchKey(path: path, key: Label(key), keys: groups.map { Label($0.path(to: "")) })
    }
    guard best.count == 1 else {
      throw .ambiguous(path: path, model: nil, keys: best.map { Label($0.path(to: "")) })
    }
    return group
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
    try checkMemory(tensor.span * MemoryLayout<Float>.stride)
    let span = UnsafeMutableBufferPointer<Float>.allocate(capacity: tensor.span)
    defer { unsafe span.deallocate() }
    unsafe span.initialize(repeating: 0)
    try unsafe readSpan(tensor, into: span)
    unsafe gather(
      UnsafeBufferPointer(span), shape: tensor.shape.dimensions, strides: strides, into: destination)
  }

  /// Writes the elements of `tensor`, row-major and little-endian, as they are in the file.
  ///
  /// `destination` holds exactly `tensor.byteCount` bytes. Throws ``CheckpointError``.
  package func readElements(
    _ tensor: TensorEntry, into destination: UnsafeMutableRawBufferPointer
  ) throws(CheckpointError) {
    precondition(destination.count == tensor.byteCount)
    switch tensor.elementType.byteCount {
    case 1: try unsafe readElements(tensor, as: UInt8.self, into: destination)
    case 2: try unsafe readElements(tensor, as: UInt16.self, into: destination)
    case 4: try unsafe readElements(tensor, as: UInt32.self, into: destination)
    default: try unsafe readElements(tensor, as: UInt64.self, into: destination)
    }
  }

  /// Throws if `count` more bytes cannot be allocated.
  func checkMemory(_ count: Int) throws(CheckpointError) { try source.checkMemory(count) }

  private func readElements<Bits: FixedWidthInteger>(
    _ tensor: TensorEntry, as type: Bits.Type, into destination: UnsafeMutableRawBufferPointer
  ) throws(CheckpointError) {
    let elements = unsafe destination.bindMemory(to: type)
    guard let strides = tensor.strides, !elements.isEmpty else {
      return try readSpan(tensor) { reader throws(CheckpointError) in
        try unsafe reader.read(into: destination)
        if tensor.isBigEndian { unsafe swapBytes(elements) }
      }
    }
    try checkMemory(tensor.span * MemoryLayout<Bits>.stride)
    let span = UnsafeMutableBufferPointer<Bits>.allocate(capacity: tensor.span)
    defer { unsafe span.deallocate() }
    unsafe span.initialize(repeating: 0)
    try readSpan(tensor) { reader throws(CheckpointError) in
      try unsafe reader.read(into: UnsafeMutableRawBufferPointer(span))
    }
    if tensor.isBigEndian { unsafe swapBytes(span) }
    unsafe gather(
      UnsafeBufferPointer(span), shape: tensor.shape.dimensions, strides: strides, into: elements)
  }

  /// Everything from the first element to the last, gaps included.
  private func readSpan(
    _ tensor: TensorEntry, into floats: UnsafeMutableBufferPointer<Float>
  ) throws(CheckpointError) {
    try readSpan(tensor) { reader throws(CheckpointError) in
      guard tensor.elementType == .float32 else {
        return try unsafe readConverting(tensor, from: reader, into: floats)
      }
      try unsafe reader.read(into: UnsafeMutableRawBufferPointer(floats))
      if tensor.isBigEndian {
        unsafe floats.withMemoryRebound(to: UInt32.self) { unsafe swapBytes($0) }
      }
    }
  }

  /// Hands `body` a reader at the first element of `tensor`, and compares the checksum of its storage the
  /// first time.
  private func readSpan(
    _ tensor: TensorEntry, _ body: (ExtentReader) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    let extent = tensor.extent
    let isChecking =
      (extent.isDeflated || extent.checksum != 0)
      && !checked.withLock { $0.contains(extent.offset) }
    let reader = try ExtentReader(source, extent, checking: isChecking)
    try reader.skip(tensor.firstByte)
    try body(reader)
    try reader.finish()
    if isChecking { checked.withLock { _ = $0.insert(extent.offset) } }
  }

  private func readConverting(
    _ tensor: TensorEntry, from reader: ExtentReader, into floats: UnsafeMutableBufferPointer<Float>
  ) throws(CheckpointError) {
    let type = tensor.elementType
    let capacity = min(floats.count, ExtentReader.pieceSize / type.byteCount)
    let piece = UnsafeMutableRawBufferPointer.allocate(
      byteCount: capacity * type.byteCount, alignment: 64)
    defer { unsafe piece.deallocate() }
    var done = 0
    while done < floats.count {
      let count = min(capacity, floats.count - done)
      let bytes = unsafe UnsafeMutableRawBufferPointer(rebasing: piece[..<(count * type.byteCount)])
      try unsafe reader.read(into: bytes)
      if tensor.isBigEndian { unsafe swapBytes(bytes, width: type.byteCount) }
      unsafe type.decode(
        UnsafeRawBufferPointer(bytes),
        into: UnsafeMutableBufferPointer(rebasing: floats[done..<done + count]))
      done += count
    }
  }

  /// Compares the checksum of every part of an archive, whatever it holds, that has not been compared yet.
  ///
  /// Throws ``CheckpointError`` for one that is damaged.
  package func verifyArchive() throws(CheckpointError) {
    for member in members where !checked.withLock({ $0.contains(member.extent.offset) }) {
      let reader = try ExtentReader(source, member.extent, checking: true)
      try reader.finish()
      checked.withLock { _ = $0.insert(member.extent.offset) }
    }
  }
}

/// Turns the bytes of every number around.
private func swapBytes<Bits: FixedWidthInteger>(_ numbers: UnsafeMutableBufferPointer<Bits>) {
  for index in numbers.indices { unsafe numbers[index] = unsafe numbers[index].byteSwapped }
}

private func swapBytes(_ bytes: UnsafeMutableRawBufferPointer, width: Int) {
  switch width {
  case 2: unsafe swapBytes(bytes.bindMemory(to: UInt16.self))
  case 4: unsafe swapBytes(bytes.bindMemory(to: UInt32.self))
  case 8: unsafe swapBytes(bytes.bindMemory(to: UInt64.self))
  default: return
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
    } else if head.holds([0x1f, 0x8b], at: 0) {
      throw source.unusable(.gzip)
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
