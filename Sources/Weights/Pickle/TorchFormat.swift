import TensorCore

/// PyTorch's two formats: a zip archive with a pickle and its storages and, until 2020, a single file with pickles
/// before the storages.
enum TorchFormat {
  /// Where published checkpoints keep the state dict when they keep more than that.
  static let wrappers = ["state_dict", "model_state_dict", "model_state", "model"]

  /// Wrappers within wrappers that are opened.
  private static let deepestWrapper = 8

  /// The first thing in a legacy file, an integer of ten bytes.
  static let legacyMagic: [UInt8] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]

  /// The tensors of a zip archive that holds `data.pkl`.
  static func archive(
    _ source: ByteSource, _ archive: ZipArchive, pickle: ZipArchive.Member
  ) throws(CheckpointError) -> [TensorEntry] {
    let folder = String(pickle.name.dropLast("data.pkl".count))
    if archive[folder + "constants.pkl"] != nil { throw source.unusable(.torchScript) }
    if let order = archive[folder + "byteorder"] {
      let text = String(decoding: try content(source, order, limit: 16), as: UTF8.self)
      guard text == "little" else { throw source.unusable(.byteOrder(Label(text))) }
    }
    let bytes = try content(source, pickle, limit: CheckpointLimits.pickle)
    let stream = PickleStream(source, inflated: bytes, memberOffset: pickle.extent.offset)
    var machine = PickleMachine(source, stream)
    let root = try machine.run()
    return try source.checked { () throws(CheckpointDefect) in
      try entries(machine, root: root) { key throws(CheckpointDefect) in
        guard let member = archive["\(folder)data/\(key)"] else { throw .storageMissing(Label(key)) }
        return member.extent
      }
    }
  }

  /// The tensors of a legacy file: magic number, version, machine, object, keys, storages.
  static func legacy(_ source: ByteSource) throws(CheckpointError) -> [TensorEntry] {
    var position = 0
    func next() throws(CheckpointError) -> (machine: PickleMachine, value: PickleValue) {
      var machine = PickleMachine(source, PickleStream(source, from: position, to: source.size))
      let value = try machine.run()
      position = machine.stream.place
      return (machine, value)
    }
    let magic = try next()
    guard case .long(let run) = magic.value, magic.machine.stream.bytes(run).elementsEqual(legacyMagic)
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
    return try source.checked { () throws(CheckpointDefect) in
      try entries(object.machine, root: object.value) { key throws(CheckpointDefect) in
        guard let extent = extents[key] else { throw .storageMissing(Label(key)) }
        return extent
      }
    }
  }

  /// Walks the storages behind the pickles: a count in eight bytes, then the elements.
  private static func storages(
    _ source: ByteSource, _ names: [String?], of machine: PickleMachine, from start: Int
  ) throws(CheckpointError) -> [String: Extent] {
    let mentioned = Dictionary(machine.storages.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    var extents: [String: Extent] = [:]
    var position = start
    for name in names {
      guard let name, let storage = mentioned[name] else {
        throw source.unusable(.storageUnused(Label(name ?? "(no text)")))
      }
      let claimed = try source.bytes(at: position, count: 8).littleEndian(UInt64.self, at: 0) ?? 0
      position += 8
      guard let count = Int(exactly: claimed), let bytes = count.multipliedIfFits(by: storage.unit),
        bytes <= source.size - position
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
    var bytes = [UInt8](repeating: 0, count: member.extent.count)
    let reader = try ExtentReader(source, member.extent, checking: true)
    try unsafe bytes.withUnsafeMutableBufferPointer { buffer throws(CheckpointError) in
      try unsafe reader.read(into: UnsafeMutableRawBufferPointer(buffer))
    }
    try reader.finish()
    return bytes
  }

  private static func entries(
    _ machine: PickleMachine, root: PickleValue,
    extent: (_ key: String) throws(CheckpointDefect) -> Extent
  ) throws(CheckpointDefect) -> [TensorEntry] {
    let items = machine.values(try stateDict(machine, root))
    var entries: [TensorEntry] = []
    for index in stride(from: 0, to: items.count, by: 2) {
      guard let name = machine.text(items[index]) else { throw .noStateDict }
      guard case .tensor(let tensorIndex) = items[index + 1], let tensor = machine.tensors[tensorIndex]
      else { throw .notATensor(Label(name)) }
      let storage = machine.storages[tensor.storage]
      let extent = try extent(storage.key)
      let claimed = storage.count.multipliedIfFits(by: storage.unit) ?? .max
      guard claimed == extent.count else {
        throw .storageSize(Label(storage.key), claimed: claimed, held: extent.count)
      }
      guard let elements = tensor.firstElement.multipliedIfFits(by: tensor.elementType.byteCount),
        let firstByte = elements.addedIfFits(storage.viewOffset * storage.unit)
      else { throw .outsideStorage(tensor: Label(name), shape: Shape(tensor.shape), held: extent.count) }
      entries.append(
        try TensorEntry(
          name: name, shape: tensor.shape, strides: tensor.strides, elementType: tensor.elementType,
          in: extent, firstByte: firstByte))
    }
    return entries
  }

  /// The dictionary whose values are tensors, out of the wrappers that training scripts put around it.
  private static func stateDict(
    _ machine: PickleMachine, _ root: PickleValue
  ) throws(CheckpointDefect) -> Int {
    guard case .dictionary(var dictionary) = root else { throw .noStateDict }
    for _ in 0..<deepestWrapper {
      guard let inner = wrapped(machine, dictionary) else { return dictionary }
      dictionary = inner
    }
    throw .noStateDict
  }

  /// The dictionary under the first of ``wrappers`` that there is.
  private static func wrapped(_ machine: PickleMachine, _ dictionary: Int) -> Int? {
    let items = machine.values(dictionary)
    var best: (rank: Int, dictionary: Int)?
    for index in stride(from: 0, to: items.count, by: 2) {
      if case .dictionary(let inner) = items[index + 1], let key = machine.text(items[index]),
        let rank = wrappers.firstIndex(of: key), rank < best?.rank ?? wrappers.count
      {
        best = (rank, inner)
      }
    }
    return best?.dictionary
  }
}
