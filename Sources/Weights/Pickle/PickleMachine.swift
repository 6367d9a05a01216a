import TensorCore

/// A value that a pickle built: inert, of fixed size, pointing to others by index.
enum PickleValue: Hashable, Sendable {
  case none
  case bool(Bool)
  case int(Int)
  /// An integer that does not fit, as its bytes.
  case long(Range<Int>)
  /// A float, bytes, the result of an ignored function: nothing a state dict is made of.
  case opaque
  case text(Range<Int>)
  case tuple(Int)
  case list(Int)
  case dictionary(Int)
  case global(PickleGlobal)
  case storage(Int)
  case tensor(Int)
}

/// A storage as a pickle refers to it.
struct PickleStorage: Hashable, Sendable {
  /// Name of the bytes.
  let key: String
  /// Type of its elements; `nil` where it counts bytes.
  let elementType: ElementType?
  /// Elements of the whole storage.
  let count: Int
  /// Elements before the part that is meant: views of the legacy format.
  ///
  /// Never above ``count``.
  let viewOffset: Int

  /// Bytes of one of its elements.
  var unit: Int { elementType?.byteCount ?? 1 }
}

/// A tensor as a pickle describes it.
struct PickleTensor: Hashable, Sendable {
  let storage: Int
  let elementType: ElementType
  let firstElement: Int
  let shape: [Int]
  let strides: [Int]
}

/// Builds inert data from a pickle.
///
/// Executes nothing, because there is nothing it could execute.
///
/// Source: CPython, Lib/pickletools.py, for the opcodes; torch/_utils.py and torch/serialization.py
/// for the calls that `torch.save` writes. Containers are lists of cells in one flat array, so depth
/// costs no stack when they are made, walked or freed, and every opcode adds a bounded number of
/// cells.
struct PickleMachine {
  private struct Cell {
    var value: PickleValue
    var next: Int
  }

  private struct Container {
    var first = -1
    var last = -1
    var count = 0
  }

  private let source: ByteSource
  private(set) var stream: PickleStream
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  private var cells: [Cell] = []
  private var containers: [Container] = []
  /// Storages in the order of their mention.
  private(set) var storages: [PickleStorage] = []
  /// Tensors in the order they were built; `nil` for one that was made but never given a state.
  private(set) var tensors: [PickleTensor?] = []
  private var opcodePlace = 0

  /// A machine at the beginning of a pickle.
  init(_ source: ByteSource, _ stream: PickleStream) {
    self.source = source
    self.stream = stream
  }

  // MARK: Reading what was built

  /// The values of a container in order; of a dictionary, keys and values in turn.
  func values(_ container: Int) -> [PickleValue] {
    var values: [PickleValue] = []
    values.reserveCapacity(containers[container].count)
    var cell = containers[container].first
    while cell >= 0 {
      values.append(cells[cell].value)
      cell = cells[cell].next
    }
    return values
  }

  /// The text of a value that is text.
  func text(_ value: PickleValue) -> String? {
    guard case .text(let run) = value else { return nil }
    return stream.text(run)
  }

  // MARK: Running

  /// Runs up to STOP and gives the value on top.
  mutating func run() throws(CheckpointError) -> PickleValue {
    while true {
      opcodePlace = stream.place
      let code = try stream.byte()
      if code == UInt8(ascii: ".") { return try pop() }
      try step(code)
    }
  }

  private mutating func step(_ code: UInt8) throws(CheckpointError) {
    switch code {
    case 0x80:  // PROTO
      guard 2...5 ~= (try stream.byte()) else { throw unexpected("protocol 2 to 5") }
    case 0x95: _ = try stream.number(UInt64.self)  // FRAME
    case UInt8(ascii: "("): try mark()
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "1"): _ = try popMark()
    case UInt8(ascii: "2"): stack.append(try top())

    case UInt8(ascii: "N"): stack.append(.none)
    case 0x88: stack.append(.bool(true))
    case 0x89: stack.append(.bool(false))
    case UInt8(ascii: "K"): stack.append(.int(Int(try stream.byte())))
    case UInt8(ascii: "M"): stack.append(.int(Int(try stream.number(UInt16.self))))
    case UInt8(ascii: "J"):
      stack.append(.int(Int(Int32(truncatingIfNeeded: try stream.number(UInt32.self)))))
    case 0x8a: try long(stream.length(UInt8.self))
    case UInt8(ascii: "G"):
      _ = try stream.run(8)
      stack.append(.opaque)

    case UInt8(ascii: "X"), UInt8(ascii: "T"): stack.append(.text(try stream.run(stream.length(UInt32.self))))
    case 0x8c, UInt8(ascii: "U"): stack.append(.text(try stream.run(stream.length(UInt8.self))))
    case 0x8d: stack.append(.text(try stream.run(stream.length(UInt64.self))))
    case UInt8(ascii: "B"): try bytes(stream.length(UInt32.self))
    case UInt8(ascii: "C"): try bytes(stream.length(UInt8.self))
    case 0x8e: try bytes(stream.length(UInt64.self))

    case UInt8(ascii: ")"): stack.append(.tuple(container([])))
    case UInt8(ascii: "]"): stack.append(.list(container([])))
    case UInt8(ascii: "}"): stack.append(.dictionary(container([])))
    case 0x85, 0x86, 0x87: stack.append(.tuple(container(try pop(Int(code) - 0x84))))
    case UInt8(ascii: "t"): stack.append(.tuple(container(try popMark())))
    case UInt8(ascii: "l"): stack.append(.list(container(try popMark())))
    case UInt8(ascii: "d"): try dictionary(popMark())
    case UInt8(ascii: "a"): try appendToList(pop(1))
    case UInt8(ascii: "e"): try appendToList(popMark())
    case UInt8(ascii: "s"): try setItems(pop(2))
    case UInt8(ascii: "u"): try setItems(popMark())

    case UInt8(ascii: "q"): try remember(Int(try stream.byte()))
    case UInt8(ascii: "r"): try remember(Int(try stream.number(UInt32.self)))
    case 0x94: try remember(memo.count)
    case UInt8(ascii: "h"): try recall(Int(try stream.byte()))
    case UInt8(ascii: "j"): try recall(Int(try stream.number(UInt32.self)))

    case UInt8(ascii: "c"): try global(module: stream.line(), name: stream.line())
    case 0x93: try stackGlobal()
    case UInt8(ascii: "Q"): try persistent(pop())
    case UInt8(ascii: "R"): try reduce()
    case 0x81: try newObject()
    case UInt8(ascii: "b"): try build()
    default: throw source.unusable(.opcode(offset: opcodePlace, code: code))
    }
  }

  // MARK: Stack, memo, containers

  private func unexpected(_ expected: String) -> CheckpointError {
    source.unusable(.pickleValue(offset: opcodePlace, expected: expected))
  }

  private var underflow: CheckpointError { source.unusable(.pickleStack(offset: opcodePlace)) }

  private func top() throws(CheckpointError) -> PickleValue {
    guard let value = stack.last, stack.count > (marks.last ?? 0) else { throw underflow }
    return value
  }

  private mutating func pop() throws(CheckpointError) -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func pop(_ count: Int) throws(CheckpointError) -> [PickleValue] {
    guard stack.count - (marks.last ?? 0) >= count else { throw underflow }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func mark() throws(CheckpointError) {
    guard marks.count < CheckpointLimits.depth else {
      throw source.unusable(.pickleDepth(offset: opcodePlace))
    }
    marks.append(stack.count)
  }

  private mutating func popMark() throws(CheckpointError) -> [PickleValue] {
    guard let base = marks.popLast() else { throw underflow }
    defer { stack.removeLast(stack.count - base) }
    return Array(stack[base...])
  }

  private mutating func remember(_ index: Int) throws(CheckpointError) {
    // A memo index beyond the bytes read so far belongs to no pickle that was written honestly.
    guard index <= stream.position else {
      throw source.unusable(.pickleMemo(offset: opcodePlace, index: index))
    }
    memo[index] = try top()
  }

  private mutating func recall(_ index: Int) throws(CheckpointError) {
    guard let value = memo[index] else {
      throw source.unusable(.pickleMemo(offset: opcodePlace, index: index))
    }
    stack.append(value)
  }

  private mutating func container(_ values: [PickleValue]) -> Int {
    containers.append(Container())
    append(values, to: containers.count - 1)
    return containers.count - 1
  }

  private mutating func append(_ values: [PickleValue], to index: Int) {
    for value in values {
      let cell = cells.count
      cells.append(Cell(value: value, next: -1))
      let last = containers[index].last
      if last >= 0 { cells[last].next = cell } else { containers[index].first = cell }
      containers[index].last = cell
      containers[index].count += 1
    }
  }

  private mutating func long(_ count: Int) throws(CheckpointError) {
    let run = try stream.run(count)
    guard count <= 8 else {
      stack.append(.long(run))
      return
    }
    var value: UInt64 = 0
    for (i, byte) in stream.bytes(run).enumerated() { value |= UInt64(byte) << UInt64(8 * i) }
    let unused = UInt64(64 - 8 * count)
    stack.append(.int(count == 0 ? 0 : Int(Int64(bitPattern: value << unused) >> Int64(unused))))
  }

  private mutating func bytes(_ count: Int) throws(CheckpointError) {
    _ = try stream.run(count)
    stack.append(.opaque)
  }

  private mutating func dictionary(_ items: [PickleValue]) throws(CheckpointError) {
    guard items.count.isMultiple(of: 2) else { throw unexpected("keys with values") }
    stack.append(.dictionary(container(items)))
  }

  private mutating func appendToList(_ items: [PickleValue]) throws(CheckpointError) {
    guard case .list(let list) = try top() else { throw unexpected("a list to append to") }
    append(items, to: list)
  }

  private mutating func setItems(_ items: [PickleValue]) throws(CheckpointError) {
    guard case .dictionary(let dictionary) = try top(), items.count.isMultiple(of: 2) else {
      throw unexpected("a dictionary, keys and values")
    }
    append(items, to: dictionary)
  }

  // MARK: Globals and calls

  private mutating func global(module: Range<Int>, name: Range<Int>) throws(CheckpointError) {
    guard let module = stream.text(module), let name = stream.text(name) else {
      throw source.unusable(.nameEncoding(offset: opcodePlace))
    }
    guard let global = PickleGlobal.named(module: module, name) else {
      let label = Label("\(module).\(name)")
      throw source.unusable(
        isClassOfWholeObject()
          ? .wholeObject(offset: opcodePlace, name: label) : .foreignGlobal(offset: opcodePlace, name: label))
    }
    stack.append(.global(global))
  }

  /// Whether the class just named is that of a whole object: memo, empty tuple and NEWOBJ follow, or
  /// the legacy format's `('module', class, …` went before.
  private func isClassOfWholeObject() -> Bool {
    if let last = stack.last, text(last) == "module", marks.last == stack.count - 1 { return true }
    var copy = stream
    for (code, width) in [(UInt8(ascii: "q"), 2), (UInt8(ascii: "r"), 5), (0x94, 1)]
    where copy.isNext([code]) {
      _ = try? copy.run(width)
      break
    }
    return copy.isNext([UInt8(ascii: ")"), 0x81])
  }

  private mutating func stackGlobal() throws(CheckpointError) {
    let names = try pop(2)
    guard case .text(let module) = names[0], case .text(let name) = names[1] else {
      throw unexpected("two names")
    }
    try global(module: module, name: name)
  }

  /// `('storage', class, key, device, count)`, in the legacy format with a sixth item: a view.
  private mutating func persistent(_ identifier: PickleValue) throws(CheckpointError) {
    guard case .tuple(let tuple) = identifier else { throw unexpected("a storage's description") }
    let items = try arguments(tuple)
    guard items.count == 5 || items.count == 6, text(items[0]) == "storage",
      case .global(.storage(let elementType)) = items[1], let key = text(items[2]),
      case .int(let count) = items[4], count >= 0
    else { throw unexpected("a storage's type, name, device and size") }
    var viewOffset = 0
    if items.count == 6, case .tuple(let description) = items[5] {
      let parts = try arguments(description)
      guard parts.count == 3, case .int(let offset) = parts[1], case .int(let length) = parts[2],
        offset >= 0, length >= 0, let end = offset.addedIfFits(length), end <= count
      else { throw unexpected("a view within its storage") }
      viewOffset = offset
    }
    stack.append(.storage(storages.count))
    storages.append(PickleStorage(key: key, elementType: elementType, count: count, viewOffset: viewOffset))
  }

  private mutating func reduce() throws(CheckpointError) {
    let call = try pop(2)
    guard case .global(let function) = call[0], case .tuple(let tuple) = call[1] else {
      throw unexpected("a function and its arguments")
    }
    let arguments = try arguments(tuple)
    switch function {
    case .orderedDictionary: stack.append(.dictionary(try orderedDictionary(arguments)))
    case .rebuildTensor:
      guard arguments.count >= 4 else { throw unexpected("storage, offset, size, stride") }
      try addTensor(tensor(arguments))
    case .rebuildTypedTensor:
      guard arguments.count >= 7, case .global(.elementType(let type)) = arguments[6] else {
        throw unexpected("storage, offset, size, stride and element type")
      }
      try addTensor(tensor(arguments, elementType: type))
    case .rebuildParameter:
      guard let tensor = arguments.first, case .tensor = tensor else { throw unexpected("a tensor") }
      stack.append(tensor)
    case .tensorClass: addTensor(nil)
    case .size:
      guard let extents = arguments.first else { throw unexpected("extents") }
      stack.append(extents)
    case .ignored: stack.append(.opaque)
    case .storage, .elementType: throw unexpected("a function that makes part of a state dict")
    }
  }

  /// The values of a tuple that a call takes.
  ///
  /// None takes many, so a long tuple that is named again and again costs no time.
  private func arguments(_ tuple: Int) throws(CheckpointError) -> [PickleValue] {
    guard containers[tuple].count <= 16 else { throw unexpected("at most 16 arguments") }
    return values(tuple)
  }

  private mutating func newObject() throws(CheckpointError) {
    let call = try pop(2)
    guard case .global(.tensorClass) = call[0] else { throw unexpected("a tensor's class") }
    addTensor(nil)
  }

  /// Gives an object its state: a tensor of 2016 its storage; a dictionary's attributes
  /// (`_metadata` of a state dict) are dropped.
  private mutating func build() throws(CheckpointError) {
    let state = try pop()
    switch try top() {
    case .dictionary: return
    case .tensor(let index):
      guard tensors[index] == nil, case .tuple(let tuple) = state else {
        throw unexpected("a tensor's state")
      }
      let items = try arguments(tuple)
      if items.count == 5, case .tensor(let data) = items[0] {
        tensors[index] = tensors[data]
      } else if items.count == 4 {
        tensors[index] = try tensor(items)
      } else {
        throw unexpected("a tensor's storage, offset, size and stride")
      }
    default: throw unexpected("an object that takes a state")
    }
  }

  /// Without arguments empty; Python 2 wrote the items as one list of pairs.
  private mutating func orderedDictionary(_ arguments: [PickleValue]) throws(CheckpointError) -> Int {
    guard let argument = arguments.first else { return container([]) }
    guard arguments.count == 1, case .list(let list) = argument else { throw unexpected("a list of pairs") }
    // The one call that copies: a list that is named again and again must not become many.
    guard cells.count + 2 * containers[list].count <= stream.position else {
      throw unexpected("fewer values than bytes")
    }
    let dictionary = container([])
    for pair in values(list) {
      switch pair {
      case .list(let index) where containers[index].count == 2,
        .tuple(let index) where containers[index].count == 2:
        append(values(index), to: dictionary)
      default: throw unexpected("a pair")
      }
    }
    return dictionary
  }

  private mutating func addTensor(_ tensor: PickleTensor?) {
    stack.append(.tensor(tensors.count))
    tensors.append(tensor)
  }

  private func tensor(
    _ arguments: [PickleValue], elementType: ElementType? = nil
  ) throws(CheckpointError) -> PickleTensor {
    guard case .storage(let index) = arguments[0], case .int(let first) = arguments[1], first >= 0 else {
      throw unexpected("a storage and an offset")
    }
    guard let type = elementType ?? storages[index].elementType else {
      throw unexpected("a storage that has an element type")
    }
    return PickleTensor(
      storage: index, elementType: type, firstElement: first, shape: try extents(arguments[2]),
      strides: try extents(arguments[3]))
  }

  private func extents(_ value: PickleValue) throws(CheckpointError) -> [Int] {
    guard case .tuple(let tuple) = value, containers[tuple].count <= CheckpointLimits.rank else {
      throw unexpected("a tuple of at most \(CheckpointLimits.rank) extents")
    }
    var extents: [Int] = []
    for value in values(tuple) {
      guard case .int(let extent) = value else { throw unexpected("a whole number") }
      extents.append(extent)
    }
    return extents
  }
}
