import TensorCore

/// The members of a zip archive, read from its central directory and checked against its local headers.
///
/// Source: PKWARE, "APPNOTE.TXT, .ZIP File Format Specification", 6.3.10, sections 4.3 and 4.5.3. Stored and deflated
/// members and zip64 are supported; encryption and archives on several disks are not.
struct ZipArchive {
  /// One file in the archive.
  struct Member {
    let name: String
    let extent: Extent
    /// Offset of its local header.
    let headerOffset: Int
  }

  /// The files, in the order of the directory; folders are skipped.
  let members: [Member]
  private let indices: [String: Int]

  /// The member called `name`.
  subscript(name: String) -> Member? { indices[name].map { members[$0] } }

  /// Reads the directory and all local headers.
  init(_ source: ByteSource) throws(CheckpointError) {
    let directory = try Directory(source)
    let bytes = try source.bytes(at: directory.offset, count: directory.count)
    var members: [Member] = []
    var indices: [String: Int] = [:]
    var position = 0
    for _ in 0..<directory.members {
      let record = try source.checked { () throws(CheckpointDefect) in
        try CentralRecord(bytes, at: position, fileOffset: directory.offset)
      }
      position += record.length
      if record.name.hasSuffix("/") { continue }
      guard indices.updateValue(members.count, forKey: record.name) == nil else {
        throw source.unusable(.duplicateTensor(Label(record.name)))
      }
      members.append(try record.member(in: source, before: directory.offset))
    }
    guard position == bytes.count else {
      throw source.unusable(.zipDirectory(offset: directory.offset + position, problem: "trailing bytes"))
    }
    try source.checked { () throws(CheckpointDefect) in try ZipArchive.checkOverlaps(members) }
    self.members = members
    self.indices = indices
  }

  private static func checkOverlaps(_ members: [Member]) throws(CheckpointDefect) {
    let ordered = members.sorted { $0.headerOffset < $1.headerOffset }
    for (first, second) in zip(ordered, ordered.dropFirst())
    where first.extent.offset + first.extent.storedCount > second.headerOffset {
      throw .zipOverlap(Label(first.name), Label(second.name))
    }
  }
}

/// The position of the central directory.
private struct Directory {
  private static let endRecord = 22
  private static let longestComment = 0xffff

  let offset: Int
  let count: Int
  let members: Int

  /// Finds the end record, which only a comment may follow, and that of zip64 if there is one.
  init(_ source: ByteSource) throws(CheckpointError) {
    let tailCount = min(source.size, Directory.endRecord + Directory.longestComment)
    let tailOffset = source.size - tailCount
    let tail = try source.bytes(at: tailOffset, count: tailCount)
    var found: Int?
    for at in stride(from: tail.count - Directory.endRecord, through: 0, by: -1)
    where tail.holds([0x50, 0x4b, 5, 6], at: at)
      && tail.littleEndian(UInt16.self, at: at + 20).map({ at + Directory.endRecord + Int($0) }) == tail.count
    {
      found = at
      break
    }
    guard let found,
      let disk = tail.littleEndian(UInt16.self, at: found + 4),
      let firstDisk = tail.littleEndian(UInt16.self, at: found + 6),
      let members = tail.littleEndian(UInt16.self, at: found + 10),
      let count = tail.littleEndian(UInt32.self, at: found + 12),
      let offset = tail.littleEndian(UInt32.self, at: found + 16)
    else { throw source.unusable(.zipDirectory(offset: source.size, problem: "no end record: cut short?")) }

    var limit = tailOffset + found
    var fields = (UInt64(members), UInt64(count), UInt64(offset))
    if members == .max || count == .max || offset == .max {
      let record = try Directory.zip64(source, locator: limit - 20)
      limit = record.offset
      fields = record.fields
    } else if disk != 0 || firstDisk != 0 {
      throw source.unusable(.zipDirectory(offset: limit, problem: "several disks"))
    }
    guard let members = Int(exactly: fields.0), let count = Int(exactly: fields.1),
      let offset = Int(exactly: fields.2), let end = offset.addedIfFits(count), end <= limit,
      members <= count / CentralRecord.fixedLength
    else { throw source.unusable(.zipDirectory(offset: limit, problem: "directory outside the file")) }
    self.offset = offset
    self.count = count
    self.members = members
  }

  private static func zip64(
    _ source: ByteSource, locator: Int
  ) throws(CheckpointError) -> (offset: Int, fields: (UInt64, UInt64, UInt64)) {
    let defect = source.unusable(.zipDirectory(offset: max(0, locator), problem: "no zip64 end record"))
    guard locator >= 0 else { throw defect }
    let pointer = try source.bytes(at: locator, count: 20)
    guard pointer.holds([0x50, 0x4b, 6, 7], at: 0), let at = pointer.littleEndian(UInt64.self, at: 8),
      let offset = Int(exactly: at), offset <= locator - 56
    else { throw defect }
    let record = try source.bytes(at: offset, count: 56)
    guard record.holds([0x50, 0x4b, 6, 6], at: 0),
      let members = record.littleEndian(UInt64.self, at: 32),
      let count = record.littleEndian(UInt64.self, at: 40),
      let start = record.littleEndian(UInt64.self, at: 48)
    else { throw defect }
    return (offset, (members, count, start))
  }
}

/// One record of the central directory.
private struct CentralRecord {
  static let fixedLength = 46

  let name: String
  let nameBytes: [UInt8]
  let length: Int
  let method: UInt16
  let checksum: UInt32
  let storedCount: Int
  let count: Int
  let headerOffset: Int

  init(_ bytes: [UInt8], at start: Int, fileOffset: Int) throws(CheckpointDefect) {
    let place = fileOffset + start
    guard bytes.holds([0x50, 0x4b, 1, 2], at: start),
      let flags = bytes.littleEndian(UInt16.self, at: start + 8),
      let method = bytes.littleEndian(UInt16.self, at: start + 10),
      let checksum = bytes.littleEndian(UInt32.self, at: start + 16),
      let stored32 = bytes.littleEndian(UInt32.self, at: start + 20),
      let count32 = bytes.littleEndian(UInt32.self, at: start + 24),
      let nameCount = bytes.littleEndian(UInt16.self, at: start + 28),
      let extraCount = bytes.littleEndian(UInt16.self, at: start + 30),
      let commentCount = bytes.littleEndian(UInt16.self, at: start + 32),
      let offset32 = bytes.littleEndian(UInt32.self, at: start + 42)
    else { throw .zipDirectory(offset: place, problem: "bad record") }
    let extraStart = start + CentralRecord.fixedLength + Int(nameCount)
    length = CentralRecord.fixedLength + Int(nameCount) + Int(extraCount) + Int(commentCount)
    guard start + length <= bytes.count else { throw .zipDirectory(offset: place, problem: "cut short") }

    nameBytes = Array(bytes[start + CentralRecord.fixedLength..<extraStart])
    guard let name = String(validating: nameBytes, as: UTF8.self) else { throw .nameEncoding(offset: place) }
    guard flags & 1 == 0 else { throw .zipMember(Label(name), problem: "encrypted") }
    guard method == 0 || method == 8 else {
      throw .zipMember(Label(name), problem: "compression method \(method), expected stored or deflated")
    }

    var wide = Zip64Extra(bytes, in: extraStart..<extraStart + Int(extraCount))
    guard let count = wide.value(count32), let stored = wide.value(stored32),
      let offset = wide.value(offset32)
    else { throw .zipMember(Label(name), problem: "sizes do not fit") }
    guard method == 8 || count == stored else {
      throw .zipMember(Label(name), problem: "stored, but \(stored) bytes hold \(count)")
    }
    guard method == 0 || count / CheckpointLimits.deflateRatio <= stored else {
      throw .deflateRatio(Label(name), stored: stored, claimed: count)
    }
    self.name = name
    self.method = method
    self.checksum = checksum
    storedCount = stored
    self.count = count
    headerOffset = offset
  }

  /// Finds the data after the local header, which must agree with this record.
  func member(in source: ByteSource, before limit: Int) throws(CheckpointError) -> ZipArchive.Member {
    let fixed = 30
    let outside = source.unusable(.zipMember(Label(name), problem: "lies outside the file"))
    guard headerOffset <= limit - fixed - nameBytes.count else { throw outside }
    let header = try source.bytes(at: headerOffset, count: fixed + nameBytes.count)
    guard header.holds([0x50, 0x4b, 3, 4], at: 0), header.littleEndian(UInt16.self, at: 8) == method,
      header.littleEndian(UInt16.self, at: 26).map(Int.init) == nameBytes.count,
      header.holds(nameBytes, at: fixed), let extraCount = header.littleEndian(UInt16.self, at: 28)
    else {
      throw source.unusable(.zipMember(Label(name), problem: "local header does not match the directory"))
    }
    let offset = headerOffset + header.count + Int(extraCount)
    guard let end = offset.addedIfFits(storedCount), end <= limit else { throw outside }
    var extent = Extent(offset: offset, count: count)
    extent.storedCount = storedCount
    extent.isDeflated = method == 8
    extent.checksum = checksum
    return ZipArchive.Member(name: name, extent: extent, headerOffset: headerOffset)
  }
}

/// The 64-bit values that replace, in order, 32-bit fields with all bits set.
private struct Zip64Extra {
  private var values: [UInt64] = []

  init(_ bytes: [UInt8], in range: Range<Int>) {
    var position = range.lowerBound
    while let identifier = bytes.littleEndian(UInt16.self, at: position),
      let count = bytes.littleEndian(UInt16.self, at: position + 2),
      position + 4 + Int(count) <= range.upperBound
    {
      if identifier == 1 {
        values = stride(from: position + 4, to: position + 4 + Int(count) - 7, by: 8)
          .compactMap { bytes.littleEndian(UInt64.self, at: $0) }
        return
      }
      position += 4 + Int(count)
    }
  }

  mutating func value(_ narrow: UInt32) -> Int? {
    guard narrow == .max else { return Int(narrow) }
    return values.isEmpty ? nil : Int(exactly: values.removeFirst())
  }
}
