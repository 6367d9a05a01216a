import TensorCore
import Text

/// The header of an `.npy`: element type, order and shape.
///
/// Source: NumPy Enhancement Proposal 1, "A Simple File Format for NumPy Arrays"; versions 1.0 (length in two
/// bytes), 2.0 (in four) and 3.0 (UTF-8). The header is a Python dictionary literal; of Python only
/// what such a header needs is understood, and nothing is evaluated.
struct NumPyHeader {
  static let magic: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
  /// Number of bytes that determine the length of the header.
  static let preamble = 12

  let type: String
  let isFortran: Bool
  let shape: [Int]
  /// Number of bytes before the first element.
  let length: Int

  /// Bytes before the first element, from the first ``preamble`` of them.
  static func length(_ bytes: [UInt8]) throws(CheckpointDefect) -> Int {
    guard bytes.holds(magic, at: 0), bytes.count >= preamble else {
      throw .numPyHeader(offset: 0, expected: "NumPy's magic number")
    }
    let length: Int
    switch (bytes[6], bytes[7]) {
    case (1, 0): length = 10 + Int(bytes.littleEndian(UInt16.self, at: 8) ?? 0)
    case (2, 0), (3, 0): length = 12 + Int(bytes.littleEndian(UInt32.self, at: 8) ?? 0)
    default: throw .numPyVersion(major: bytes[6], minor: bytes[7])
    }
    guard length >= preamble, length <= CheckpointLimits.numPyHeader else {
      throw .numPyHeader(
        offset: 8, expected: "a length of at most \(CheckpointLimits.numPyHeader), found \(length)")
    }
    return length
  }

  /// Parses the `length` bytes before the first element.
  init(_ bytes: [UInt8]) throws(CheckpointDefect) {
    length = bytes.count
    var scanner = TextScanner(bytes, from: bytes[6] == 1 ? 10 : 12)
    var type: String?
    var isFortran: Bool?
    var shape: [Int]?
    func malformed(_ expected: String) -> CheckpointDefect {
      .numPyHeader(offset: scanner.position, expected: expected)
    }
    guard scanner.take("{") else { throw malformed("{") }
    while !scanner.take("}") {
      guard let key = scanner.stringLiteral(), scanner.take(":") else { throw malformed("a key in quotes") }
      switch key {
      case "descr" where type == nil:
        guard let text = scanner.stringLiteral() else { throw malformed("an element type in quotes") }
        type = text
      case "fortran_order" where isFortran == nil:
        guard let word = scanner.word(), word == "True" || word == "False" else {
          throw malformed("True or False")
        }
        isFortran = word == "True"
      case "shape" where shape == nil:
        guard scanner.take("(") else { throw malformed("a shape in parentheses") }
        var extents: [Int] = []
        while !scanner.take(")") {
          guard extents.count < CheckpointLimits.rank, let extent = scanner.natural() else {
            throw malformed("at most \(CheckpointLimits.rank) extents")
          }
          extents.append(extent)
          // Python 2 wrote long integers so.
          _ = scanner.takeDirectly("L")
          guard scanner.take(",") || scanner.peek(")") else { throw malformed(",") }
        }
        shape = extents
      default: throw malformed("descr, fortran_order and shape, each once")
      }
      guard scanner.take(",") || scanner.peek("}") else { throw malformed(",") }
    }
    guard scanner.isAtEnd else { throw malformed("the end of the header") }
    guard let type, let isFortran, let shape else { throw malformed("descr, fortran_order and shape") }
    self.type = type
    self.isFortran = isFortran
    self.shape = shape
  }

  /// The tensor after this header, which must fill the extent exactly.
  func entry(name: String, in extent: Extent) throws(CheckpointDefect) -> TensorEntry {
    guard let (elementType, isBigEndian) = element else {
      throw .foreignTensor(Label(name), kind: Label("type \(type)"))
    }
    guard let count = Shape(shape).checkedCount, let bytes = count.multipliedIfFits(by: elementType.byteCount)
    else { throw .shape(tensor: Label(name), shape: Shape(shape)) }
    guard bytes == extent.count - length else {
      throw .numPyLength(tensor: Label(name), needed: bytes, available: extent.count - length)
    }
    return try TensorEntry(
      name: name, shape: shape, strides: isFortran && count > 0 ? columnMajorStrides(shape) : nil,
      elementType: elementType, isBigEndian: isBigEndian,
      in: extent, firstByte: length)
  }

  /// The type's letters behind the order of bytes: `<` little, `>` big, `=` the machine's own, which is little
  /// wherever this program runs, `|` for single bytes.
  private var element: (ElementType, isBigEndian: Bool)? {
    guard let order = type.first, let element = NumPyHeader.elementTypes[String(type.dropFirst())],
      "<>=".contains(order) || (order == "|" && element.byteCount == 1)
    else { return nil }
    return (element, order == ">")
  }

  static let elementTypes: [String: ElementType] = [
    "f8": .float64, "f4": .float32, "f2": .float16, "i8": .int64, "i4": .int32, "i2": .int16, "i1": .int8,
    "u8": .uint64, "u4": .uint32, "u2": .uint16, "u1": .uint8, "b1": .bool,
  ]
}

/// A single `.npy` file, and `.npz`: a zip archive of them.
enum NumPyFormat {
  /// The tensor of an `.npy`, which has no name of its own.
  static func array(_ source: ByteSource, name: String) throws(CheckpointError) -> TensorEntry {
    try entry(source, Extent(offset: 0, count: source.size), name: name)
  }

  /// The tensors of an `.npz`, named after its members.
  static func archive(
    _ source: ByteSource, _ archive: ZipArchive
  ) throws(CheckpointError) -> [TensorGroup.Member] {
    var members: [TensorGroup.Member] = []
    for member in archive.members {
      let name = String(member.name.dropLast(4))
      do throws(CheckpointError) {
        members.append(.init(try entry(source, member.extent, name: name)))
      } catch {
        // Text and Python objects may stand beside the tensors.
        guard case .unusable(_, let defect) = error, case .foreignTensor = defect else { throw error }
        members.append(.init(name: name, shape: [], entry: .failure(defect)))
      }
    }
    return members
  }

  private static func entry(
    _ source: ByteSource, _ extent: Extent, name: String
  ) throws(CheckpointError) -> TensorEntry {
    var bytes = [UInt8](repeating: 0, count: min(extent.count, NumPyHeader.preamble))
    let reader = try ExtentReader(source, extent, checking: false)
    try fill(&bytes[...], from: reader)
    let length = try source.checked { () throws(CheckpointDefect) in try NumPyHeader.length(bytes) }
    guard length <= extent.count else {
      throw source.unusable(.numPyLength(tensor: Label(name), needed: length, available: extent.count))
    }
    try source.checkMemory(length)
    bytes += [UInt8](repeating: 0, count: length - bytes.count)
    try fill(&bytes[NumPyHeader.preamble...], from: reader)
    return try source.checked { () throws(CheckpointDefect) in
      try NumPyHeader(bytes).entry(name: name, in: extent)
    }
  }

  private static func fill(_ bytes: inout ArraySlice<UInt8>, from reader: ExtentReader)
    throws(CheckpointError)
  {
    try unsafe bytes.withUnsafeMutableBufferPointer { buffer throws(CheckpointError) in
      try unsafe reader.read(into: UnsafeMutableRawBufferPointer(buffer))
    }
  }
}
