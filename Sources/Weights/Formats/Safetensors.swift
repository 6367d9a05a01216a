import TensorCore
import Text

/// The safetensors format: the length of a JSON header in eight bytes, the header, the tensors.
///
/// Source: the format's description in huggingface/safetensors, README. This reader is stricter than the original one
/// about ambiguity: duplicate names and unknown keys are refused.
struct Safetensors {
  /// Tensors in the order of their data, those of foreign types included.
  let members: [TensorGroup.Member]
  /// The metadata, in the order of the file.
  let metadata: [(key: String, value: String)]

  private struct Record {
    let name: String
    let type: String
    let shape: [Int]
    let begin: Int
    let end: Int
  }

  /// Reads and checks the header.
  init(_ source: ByteSource) throws(CheckpointError) {
    let claimed = try source.bytes(at: 0, count: 8).littleEndian(UInt64.self, at: 0) ?? 0
    let available = source.size - 8
    guard claimed <= UInt64(min(available, CheckpointLimits.safetensorsHeader)) else {
      throw source.unusable(.headerLength(claimed: claimed, available: available))
    }
    let header = try source.bytes(at: 8, count: Int(claimed))
    let dataOffset = 8 + header.count
    (members, metadata) = try source.checked { () throws(CheckpointDefect) in
      var parser = HeaderParser(header)
      let records = try parser.parse()
      let members = try Safetensors.members(
        records, dataOffset: dataOffset, available: source.size - dataOffset)
      return (members, parser.metadata)
    }
  }

  private static func members(
    _ records: [Record], dataOffset: Int, available: Int
  ) throws(CheckpointDefect) -> [TensorGroup.Member] {
    var members: [TensorGroup.Member] = []
    members.reserveCapacity(records.count)
    var expected = 0
    for record in records.sorted(by: { ($0.begin, $0.end, $0.name) < ($1.begin, $1.end, $1.name) }) {
      let label = Label(record.name)
      let elementType = ElementType(rawValue: record.type)
      guard let bits = elementType.map({ 8 * $0.byteCount }) ?? foreignTypes[record.type] else {
        throw .elementType(tensor: label, type: Label(record.type))
      }
      let shape = Shape(record.shape)
      guard let allBits = shape.checkedCount?.multipliedIfFits(by: bits), allBits.isMultiple(of: 8) else {
        throw .shape(tensor: label, shape: shape)
      }
      let bytes = allBits / 8
      guard record.begin <= record.end, record.end - record.begin == bytes else {
        throw .tensorBytes(
          tensor: label, begin: record.begin, end: record.end, shape: shape, needed: bytes)
      }
      guard record.begin == expected else {
        throw .tensorPlace(tensor: label, begin: record.begin, expected: expected)
      }
      guard record.end <= available else { throw .dataLength(tensors: record.end, available: available) }
      expected = record.end
      guard let elementType else {
        let kind = Label("\(record.type), numbers of \(bits) bits")
        members.append(
          .init(name: record.name, shape: shape, entry: .failure(.foreignTensor(label, kind: kind))))
        continue
      }
      members.append(
        .init(
          try TensorEntry(
            name: record.name, shape: record.shape, elementType: elementType,
            in: Extent(offset: dataOffset + record.begin, count: bytes), firstByte: 0)))
    }
    guard expected == available else { throw .dataLength(tensors: expected, available: available) }
    return members
  }

  /// Types that are not read here, with the bits of an element.
  private static let foreignTypes = [
    "F8_E4M3": 8, "F8_E5M2": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "F8_E8M0": 8, "F6_E2M3": 6, "F6_E3M2": 6,
    "F4": 4, "C64": 64,
  ]

  /// Parses the JSON header without recursion, since its nesting is fixed: an object of objects.
  private struct HeaderParser {
    private var scanner: TextScanner
    private(set) var metadata: [(key: String, value: String)] = []

    init(_ bytes: [UInt8]) { scanner = TextScanner(bytes, from: 0) }

    mutating func parse() throws(CheckpointDefect) -> [Record] {
      var records: [Record] = []
      var names: Set<String> = []
      try object { (parser, name) throws(CheckpointDefect) in
        guard names.insert(name).inserted else { throw .duplicateTensor(Label(name)) }
        if name == "__metadata__" {
          try parser.parseMetadata()
        } else {
          guard records.count < CheckpointLimits.tensors else { throw .tensorLimit }
          records.append(try parser.record(name))
        }
      }
      guard scanner.isAtEnd else { throw malformed("the end of the header") }
      return records
    }

    private mutating func parseMetadata() throws(CheckpointDefect) {
      var keys: Set<String> = []
      try object { (parser, key) throws(CheckpointDefect) in
        guard keys.insert(key).inserted else { throw .duplicateTensor(Label(key)) }
        guard let value = parser.scanner.jsonString() else { throw parser.malformed("a string") }
        parser.metadata.append((key, value))
      }
    }

    private mutating func record(_ name: String) throws(CheckpointDefect) -> Record {
      var type: String?
      var shape: [Int]?
      var offsets: [Int]?
      try object { (parser, key) throws(CheckpointDefect) in
        switch key {
        case "dtype" where type == nil:
          type = parser.scanner.jsonString()
          if type == nil { throw parser.malformed("an element type in quotes") }
        case "shape" where shape == nil: shape = try parser.naturals(atMost: CheckpointLimits.rank)
        case "data_offsets" where offsets == nil: offsets = try parser.naturals(atMost: 2)
        default: throw parser.malformed("dtype, shape and data_offsets, each once")
        }
      }
      guard let type, let shape, let offsets, offsets.count == 2 else {
        throw malformed("dtype, shape and two data_offsets")
      }
      return Record(name: name, type: type, shape: shape, begin: offsets[0], end: offsets[1])
    }

    private mutating func object(
      _ member: (inout HeaderParser, String) throws(CheckpointDefect) -> Void
    ) throws(CheckpointDefect) {
      guard scanner.take("{") else { throw malformed("{") }
      if scanner.take("}") { return }
      repeat {
        guard let key = scanner.jsonString(), scanner.take(":") else {
          throw malformed("a name in quotes and a colon")
        }
        try member(&self, key)
      } while scanner.take(",")
      guard scanner.take("}") else { throw malformed(", or }") }
    }

    private mutating func naturals(atMost limit: Int) throws(CheckpointDefect) -> [Int] {
      guard scanner.take("[") else { throw malformed("[") }
      var numbers: [Int] = []
      if scanner.take("]") { return numbers }
      repeat {
        guard numbers.count < limit, let number = scanner.natural() else {
          throw malformed("at most \(limit) whole numbers")
        }
        numbers.append(number)
      } while scanner.take(",")
      guard scanner.take("]") else { throw malformed(", or ]") }
      return numbers
    }

    private func malformed(_ expected: String) -> CheckpointDefect {
      .json(offset: 8 + scanner.position, expected: expected)
    }
  }
}
