import TensorCore

/// PyTorch's formats: a zip archive with a pickle and its storages, the archive of TorchScript and, until 2020, a single
/// file with pickles before the storages.
enum TorchFormat {
  /// The first thing in a legacy file, an integer of ten bytes.
  static let legacyMagic: [UInt8] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]

  /// The sets of tensors in a zip archive that holds `data.pkl`.
  static func archive(
    _ source: ByteSource, _ archive: ZipArchive, pickle: ZipArchive.Member
  ) throws(CheckpointError) -> [TensorGroup] {
    let folder = String(pickle.name.dropLast("data.pkl".count))
    if let order = archive[folder + "byteorder"] {
      let text = String(decoding: try content(source, order, limit: 16), as: UTF8.self)
      guard text == "little" else { throw source.unusable(.byteOrder(Label(text))) }
    }
    let (machine, root) = try run(source, pickle)
    let extent = { (key: String) throws(CheckpointDefect) in
      guard let member = archive["\(folder)data/\(key)"] else { throw .storageMissing(Label(key)) }
      return member.extent
    }
    var groups = try source.checked { () throws(CheckpointDefect) in
      try TensorSearch.sets(machine, root: root).map { TensorGroup($0, machine, extent: extent) }
    }
    if groups.isEmpty, let constants = archive[folder + "constants.pkl"] {
      groups = try self.constants(source, archive, constants, folder: folder)
    }
    guard !groups.isEmpty else { throw source.unusable(.noStateDict) }
    return groups
  }

  /// The tensors of a frozen TorchScript archive, which has lost their names: its code calls them `CONSTANTS.c0`.
  private static func constants(
    _ source: ByteSource, _ archive: ZipArchive, _ pickle: ZipArchive.Member, folder: String
  ) throws(CheckpointError) -> [TensorGroup] {
    let (machine, root) = try run(source, pickle)
    guard case .tuple(let tuple) = root else { return [] }
    let tensors = machine.values(tuple).enumerated().compactMap { index, value -> (String, Int32)? in
      guard case .tensor(let tensor) = value else { return nil }
      return ("c\(index)", tensor)
    }
    guard !tensors.isEmpty else { return [] }
    guard tensors.count <= CheckpointLimits.tensors else { throw source.unusable(.tensorLimit) }
    let group = TensorGroup(.init(key: "constants", tensors: tensors), machine) {
      (key: String) throws(CheckpointDefect) in
      guard let member = archive["\(folder)constants/\(key)"] else { throw .storageMissing(Label(key)) }
      return member.extent
    }
    return [group]
  }

  private static func run(
    _ source: ByteSource, _ pickle: ZipArchive.Member
  ) throws(CheckpointError) -> (machine: PickleMachine, root: PickleValue) {
    let deflated = max(
      CheckpointLimits.pickleFloor, pickle.extent.storedCount * CheckpointLimits.pickleRatio)
    let bytes = try content(source, pickle, limit: min(CheckpointLimits.pickle, deflated))
    var machine = PickleMachine(
      source, PickleStream(source, inflated: bytes, memberOffset: pickle.extent.offset))
    let root = try machine.run()
    return (machine, root)
  }

  /// The sets of tensors in a legacy file: magic number, version, machine, object, keys, storages.
  static func legacy(_ source: ByteSource) throws(CheckpointError) -> [TensorGroup] {
    var position = 0
    func next() throws(CheckpointError) -> (machine: PickleMachine, value: PickleValue) {
      var machine = PickleMachine(source, PickleStream(source, from: position, to: source.size))
      let value = try machine.run()
      position = machine.stream.place
      return (machine, value)
    }
    let magic = try next()
    guard case .long(let run) = magic.value, magic.machine.bytes(run).elementsEqual(legacyMagic)
    else { throw source.unusable(.nakedPickle) }
    guard case .int(1001) = try next().value else { throw source.unusable(.legacyProtocol) }
    let system = try next()
    if case .dictionary(let index) = system.value {
      let items = system.machine.values(index)
      for (key, value) in zip(items, items.dropFirst())
      where system.machine.text(key) == "little_endian" && value == .bool(false) {
        throw source.unusable(.byteOrder(Label("big")))
      }
    }
    let object = try next()
    let keys = try next()
    guard case .list(let list) = keys.value else {
      throw source.unusable(.pickleValue(offset: position, expected: "a list of storage names"))
    }
    let names = keys.machine.values(list).map(keys.machine.text)
    let extents = try storages(source, names, of: object.machine, from: position)
    let groups = try source.checked { () throws(CheckpointDefect) in
      try TensorSearch.sets(object.machine, root: object.value).map { found in
        TensorGroup(found, object.machine) { key throws(CheckpointDefect) in
          guard let extent = extents[key] else { throw .storageMissing(Label(key)) }
          return extent
        }
      }
    }
    guard !groups.isEmpty else { throw source.unusable(.noStateDict) }
    return groups
  }

  /// Walks the storages behind the pickles: a count in eight bytes, then the elements.
  private static func storages(
    _ source: ByteSource, _ names: [String?], of machine: PickleMachine, from start: Int
  ) throws(CheckpointError) -> [String: Extent] {
    let mentioned = Dictionary(
      machine.storages.map { (machine.bytes($0.key), $0) }, uniquingKeysWith: { first, _ in first })
    var extents: [String: Extent] = [:]
    var position = start
    for name in names {
      guard let name, let storage = mentioned[ArraySlice(name.utf8)] else {
        throw source.unusable(.storageUnused(Label(name ?? "(no text)")))
      }
      let claimed = try source.bytes(at: position, count: 8).littleEndian(UInt64.self, at: 0) ?? 0
      position += 8
      guard let count = Int(exactly: claimed), let unit = storage.element.byteCount,
        let bytes = count.multipliedIfFits(by: unit), bytes <= source.size - position
      else {
        throw source.unusable(
          .storageSize(Label(name), claimed: Int(clamping: claimed), held: source.size - position))
      }
      guard extents.updateValue(Extent(offset: position, count: bytes), forKey: name) == nil else {
        throw source.unusable(.storageTwice(Label(name)))
      }
      position += bytes
    }
    return extents
  }

  /// The whole content of a small member.
  private static func content(
    _ source: ByteSource, _ member: ZipArchive.Member, limit: Int
  ) throws(CheckpointError) -> [UInt8] {
    guard member.extent.count <= limit else {
      throw source.unusable(
        .zipMember(Label(member.name), problem: "longer than the limit of \(limit) bytes"))
    }
    try source.checkMemory(member.extent.count)
    var bytes = [UInt8](repeating: 0, count: member.extent.count)
    let reader = try ExtentReader(source, member.extent, checking: true)
    try unsafe bytes.withUnsafeMutableBufferPointer { buffer throws(CheckpointError) in
      try unsafe reader.read(into: UnsafeMutableRawBufferPointer(buffer))
    }
    try reader.finish()
    return bytes
  }
}

extension TensorGroup {
  /// The set that was found in a pickle; `extent` is asked for the bytes of a storage.
  fileprivate init(
    _ found: TensorSearch.Found, _ machine: PickleMachine,
    extent: (_ key: String) throws(CheckpointDefect) -> Extent
  ) {
    self.init(
      key: found.key,
      members: found.tensors.map { name, index in
        let tensor = machine.tensors[Int(index)]
        return Member(
          name: name, shape: Shape(tensor.map { machine.numbers($0.shape) } ?? []),
          entry: Result { () throws(CheckpointDefect) in
            try TensorEntry(name: name, machine, tensor, extent: extent)
          })
      })
  }
}

extension TensorEntry {
  fileprivate init(
    name: String, _ machine: PickleMachine, _ tensor: PickleTensor?,
    extent: (_ key: String) throws(CheckpointDefect) -> Extent
  ) throws(CheckpointDefect) {
    guard let tensor else { throw .notATensor(Label(name)) }
    guard case .readable(let elementType) = tensor.element, let storageIndex = tensor.storage else {
      throw .foreignTensor(Label(name), kind: Label(machine.describe(tensor.element)))
    }
    let storage = machine.storages[Int(storageIndex)]
    guard let key = machine.text(.text(storage.key)) else {
      throw .nameEncoding(offset: machine.place(of: storage.key))
    }
    let extent = try extent(key)
    guard let unit = storage.element.byteCount, let claimed = storage.count.multipliedIfFits(by: unit),
      claimed == extent.count
    else {
      throw .storageSize(
        Label(key),
        claimed: storage.count.multipliedIfFits(by: storage.element.byteCount ?? 1) ?? .max,
        held: extent.count)
    }
    let shape = machine.numbers(tensor.shape)
    guard let elements = tensor.firstElement.multipliedIfFits(by: elementType.byteCount),
      let firstByte = elements.addedIfFits(storage.viewOffset * unit)
    else { throw .outsideStorage(tensor: Label(name), shape: Shape(shape), held: extent.count) }
    try self.init(
      name: name, shape: shape, strides: machine.numbers(tensor.strides), elementType: elementType,
      in: extent, firstByte: firstByte)
  }
}

extension PickleMachine {
  /// Bytes of a run.
  func bytes(_ run: PickleRun) -> ArraySlice<UInt8> { stream.bytes(run.range) }

  /// Where a run stands in the file, for messages.
  func place(of run: PickleRun) -> Int { stream.start + Int(run.start) }

  /// Elements that are not read, in words.
  fileprivate func describe(_ element: PickleElement) -> String {
    guard case .foreign(let name, _) = element else { return "no elements" }
    let path = path(name)
    return Self.kinds[path] ?? path
  }

  private static let kinds = [
    "torch._utils._rebuild_qtensor": "quantized numbers",
    "torch.QUInt8Storage": "torch.quint8, quantized numbers",
    "torch.QInt8Storage": "torch.qint8, quantized numbers",
    "torch.QInt32Storage": "torch.qint32, quantized numbers",
    "torch._utils._rebuild_sparse_tensor": "a sparse tensor",
    "torch._utils._rebuild_sparse_csr_tensor": "a sparse tensor",
    "torch._utils._rebuild_nested_tensor": "a nested tensor",
    "torch._utils._rebuild_meta_tensor_no_storage": "no values (device meta)",
    "torch.ComplexFloatStorage": "torch.complex64", "torch.ComplexDoubleStorage": "torch.complex128",
  ]
}
