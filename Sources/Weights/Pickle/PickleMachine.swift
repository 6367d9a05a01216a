import TensorCore

/// Builds inert data from a pickle.
///
/// Executes nothing, because there is nothing it could execute. Instances of classes that are not known
/// here stay what they are in the file: a name, arguments and a state.
///
/// Source: CPython, Lib/pickletools.py, for the opcodes. Containers are lists of cells in one flat array, so
/// depth costs no stack when they are made, walked or freed; every opcode adds a bounded number of values, and
/// their sum has a limit. Names and calls are in `PickleMachine+Calls.swift`, the text of protocol 0 is in
/// `PickleMachine+Text.swift`.
struct PickleMachine {
  private struct Cell {
    var value: PickleValue
    var next: Int32
  }

  private struct Container {
    var first: Int32 = -1
    var last: Int32 = -1
    var count: Int32 = 0
  }

  let source: ByteSource
  var stream: PickleStream
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  private var cells: [Cell] = []
  private var containers: [Container] = []
  /// Names of the classes and functions that the pickle mentions: module and symbol.
  var names: [(module: PickleRun, symbol: PickleRun)] = []
  /// Storages in the order of their mention.
  var storages: [PickleStorage] = []
  /// Tensors in the order they were built; `nil` for one that was made but never given a state.
  var tensors: [PickleTensor?] = []
  /// Instances of classes that are not known.
  var objects: [PickleObject] = []
  /// Values that calls have copied so far.
  var copied = 0
  /// Where the present opcode stands in the file.
  private(set) var opcodePlace = 0

  /// A machine at the beginning of a pickle.
  init(_ source: ByteSource, _ stream: PickleStream) {
    self.source = source
    self.stream = stream
  }

  // MARK: Reading what was built

  /// How many values a container has; of a dictionary, keys and values are counted.
  func count(_ container: Int32) -> Int { container < 0 ? 0 : Int(containers[Int(container)].count) }

  /// The values of a container in order; of a dictionary, keys and values in turn.
  func values(_ container: Int32) -> [PickleValue] {
    guard container >= 0 else { return [] }
    var values: [PickleValue] = []
    values.reserveCapacity(count(container))
    var cell = containers[Int(container)].first
    while cell >= 0 {
      values.append(cells[Int(cell)].value)
      cell = cells[Int(cell)].next
    }
    return values
  }

  /// The text of a value that is text.
  func text(_ value: PickleValue) -> String? {
    guard case .text(let run) = value else { return nil }
    return stream.text(run.range)
  }

  // MARK: Running

  /// Runs up to STOP and gives the value on top.
  mutating func run() throws(CheckpointError) -> PickleValue {
    let limit = min(max(source.size, CheckpointLimits.pickleFloor), CheckpointLimits.pickleNodes)
    while true {
      opcodePlace = stream.place
      let code = try stream.byte()
      if code == UInt8(ascii: ".") { return try pop() }
      try step(code)
      guard nodeCount <= limit else { throw source.unusable(.pickleNodes(offset: opcodePlace, limit: limit)) }
    }
  }

  /// Everything that takes memory.
  private var nodeCount: Int {
    stack.count + memo.count + cells.count + containers.count + names.count + storages.count + tensors.count
      + objects.count
  }

  private mutating func step(_ code: UInt8) throws(CheckpointError) {
    switch code {
    case 0x80:  // PROTO
      guard 2...5 ~= (try stream.byte()) else { throw unexpected("protocol 2 to 5") }
    case 0x95: _ = try stream.number(UInt64.self)  // FRAME
    case UInt8(ascii: "("): try mark()
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "1"): _ = try popMark()
    case UInt8(ascii: "2"): push(try top())

    case UInt8(ascii: "N"): push(.none)
    case 0x88: push(.bool(true))
    case 0x89: push(.bool(false))
    case UInt8(ascii: "K"): push(.int(Int(try stream.byte())))
    case UInt8(ascii: "M"): push(.int(Int(try stream.number(UInt16.self))))
    case UInt8(ascii: "J"): push(.int(Int(Int32(truncatingIfNeeded: try stream.number(UInt32.self)))))
    case 0x8a: try long(stream.length(UInt8.self))
    case 0x8b: try long(stream.length(UInt32.self))
    case UInt8(ascii: "I"), UInt8(ascii: "L"): push(try decimal(stream.line()))
    case UInt8(ascii: "G"):
      _ = try stream.run(8)
      push(.opaque)
    case UInt8(ascii: "F"):
      _ = try stream.line()
      push(.opaque)

    case UInt8(ascii: "X"), UInt8(ascii: "T"): push(.text(try run(stream.length(UInt32.self))))
    case 0x8c, UInt8(ascii: "U"): push(.text(try run(stream.length(UInt8.self))))
    case 0x8d: push(.text(try run(stream.length(UInt64.self))))
    case UInt8(ascii: "S"): push(try quotedString())
    case UInt8(ascii: "V"): push(try unicodeString())
    case UInt8(ascii: "B"): push(.bytes(try run(stream.length(UInt32.self))))
    case UInt8(ascii: "C"): push(.bytes(try run(stream.length(UInt8.self))))
    case 0x8e, 0x96: push(.bytes(try run(stream.length(UInt64.self))))

    case UInt8(ascii: ")"): push(.tuple(container([])))
    case UInt8(ascii: "]"): push(.list(container([])))
    case UInt8(ascii: "}"): push(.dictionary(container([])))
    case 0x8f: push(set([]))
    case 0x85, 0x86, 0x87: push(.tuple(container(try pop(Int(code) - 0x84))))
    case UInt8(ascii: "t"): push(.tuple(container(try popMark())))
    case UInt8(ascii: "l"): push(.list(container(try popMark())))
    case UInt8(ascii: "d"): try dictionary(popMark())
    case 0x91: push(set(try popMark()))
    case UInt8(ascii: "a"): try appendElements(pop(1))
    case UInt8(ascii: "e"), 0x90: try appendElements(popMark())
    case UInt8(ascii: "s"): try setItems(pop(2))
    case UInt8(ascii: "u"): try setItems(popMark())

    case UInt8(ascii: "q"): try remember(Int(try stream.byte()))
    case UInt8(ascii: "r"): try remember(Int(try stream.number(UInt32.self)))
    case 0x94: try remember(memo.count)
    case UInt8(ascii: "p"): try remember(decimalIndex())
    case UInt8(ascii: "g"): try recall(decimalIndex())
    case UInt8(ascii: "h"): try recall(Int(try stream.byte()))
    case UInt8(ascii: "j"): try recall(Int(try stream.number(UInt32.self)))

    case UInt8(ascii: "c"): try push(.global(global(module: line(), symbol: line())))
    case 0x93: try stackGlobal()
    case UInt8(ascii: "Q"): try push(persistent(pop()))
    case UInt8(ascii: "R"): try reduce()
    case 0x81: try newObject(pop(2))
    case 0x92:
      // Keyword arguments stand behind the others.
      let call = try pop(3)
      try newObject([call[0], call[1]])
    case UInt8(ascii: "b"): try build()
    default: throw source.unusable(.opcode(offset: opcodePlace, code: code))
    }
  }

  // MARK: Stack, memo, containers

  func unexpected(_ expected: String) -> CheckpointError {
    source.unusable(.pickleValue(offset: opcodePlace, expected: expected))
  }

  private var underflow: CheckpointError { source.unusable(.pickleStack(offset: opcodePlace)) }

  mutating func push(_ value: PickleValue) { stack.append(value) }

  func top() throws(CheckpointError) -> PickleValue {
    guard let value = stack.last, stack.count > (marks.last ?? 0) else { throw underflow }
    return value
  }

  mutating func pop() throws(CheckpointError) -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  mutating func pop(_ count: Int) throws(CheckpointError) -> [PickleValue] {
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
    // A memo index beyond the bytes of the file belongs to no pickle that was written honestly.
    guard index <= max(stream.position, source.size) else {
      throw source.unusable(.pickleMemo(offset: opcodePlace, index: index))
    }
    memo[index] = try top()
  }

  private mutating func recall(_ index: Int) throws(CheckpointError) {
    guard let value = memo[index] else {
      throw source.unusable(.pickleMemo(offset: opcodePlace, index: index))
    }
    push(value)
  }

  mutating func container(_ values: [PickleValue]) -> Int32 {
    containers.append(Container())
    let index = Int32(truncatingIfNeeded: containers.count - 1)
    append(values, to: index)
    return index
  }

  mutating func append(_ values: [PickleValue], to container: Int32) {
    for value in values {
      let cell = Int32(truncatingIfNeeded: cells.count)
      cells.append(Cell(value: value, next: -1))
      let last = containers[Int(container)].last
      if last >= 0 { cells[Int(last)].next = cell } else { containers[Int(container)].first = cell }
      containers[Int(container)].last = cell
      containers[Int(container)].count += 1
    }
  }

  /// Appends to a container of an object, which is made the first time.
  mutating func append(
    _ values: [PickleValue], to part: WritableKeyPath<PickleObject, Int32>, of object: Int32
  ) {
    if objects[Int(object)][keyPath: part] < 0 { objects[Int(object)][keyPath: part] = container([]) }
    append(values, to: objects[Int(object)][keyPath: part])
  }

  /// Adds an instance of a class, or the result of a call, that stays what stands in the file.
  mutating func addObject(_ type: PickleName?, _ arguments: Int32) -> PickleValue {
    objects.append(PickleObject(type: type, arguments: arguments))
    return .object(Int32(truncatingIfNeeded: objects.count - 1))
  }

  private mutating func set(_ elements: [PickleValue]) -> PickleValue {
    let value = addObject(nil, -1)
    if case .object(let object) = value, !elements.isEmpty { append(elements, to: \.elements, of: object) }
    return value
  }

  private mutating func run(_ count: Int) throws(CheckpointError) -> PickleRun {
    PickleRun(try stream.run(count))
  }

  private mutating func line() throws(CheckpointError) -> PickleRun { PickleRun(try stream.line()) }

  private mutating func long(_ count: Int) throws(CheckpointError) {
    let run = try run(count)
    guard count <= 8 else { return push(.long(run)) }
    var value: UInt64 = 0
    for (i, byte) in stream.bytes(run.range).enumerated() { value |= UInt64(byte) << UInt64(8 * i) }
    let unused = UInt64(64 - 8 * count)
    push(.int(count == 0 ? 0 : Int(Int64(bitPattern: value << unused) >> Int64(unused))))
  }

  /// A number in text, as Python 2 wrote what has more than 32 bits; `00` and `01` are false and true.
  func decimal(_ line: Range<Int>) throws(CheckpointError) -> PickleValue {
    let longest = 64
    guard line.count <= longest, let text = stream.text(line) else { throw unexpected("a whole number") }
    if text == "00" || text == "01" { return .bool(text == "01") }
    guard let number = Int(text.hasSuffix("L") ? String(text.dropLast()) : text) else { return .opaque }
    return .int(number)
  }

  private mutating func dictionary(_ items: [PickleValue]) throws(CheckpointError) {
    guard items.count.isMultiple(of: 2) else { throw unexpected("keys with values") }
    push(.dictionary(container(items)))
  }

  private mutating func appendElements(_ elements: [PickleValue]) throws(CheckpointError) {
    switch try top() {
    case .list(let list): append(elements, to: list)
    case .object(let object): append(elements, to: \.elements, of: object)
    default: throw unexpected("a list to append to")
    }
  }

  private mutating func setItems(_ items: [PickleValue]) throws(CheckpointError) {
    let target = try top()
    guard items.count.isMultiple(of: 2) else { throw unexpected("a dictionary, keys and values") }
    switch target {
    case .dictionary(let dictionary): append(items, to: dictionary)
    case .object(let object): append(items, to: \.items, of: object)
    default: throw unexpected("a dictionary, keys and values")
    }
  }

  private mutating func stackGlobal() throws(CheckpointError) {
    let path = try pop(2)
    guard case .text(let module) = path[0], case .text(let symbol) = path[1] else {
      throw unexpected("two names")
    }
    push(.global(try global(module: module, symbol: symbol)))
  }
}

extension PickleRun {
  /// A run within a pickle, whose length is far below four billion bytes.
  init(_ range: Range<Int>) {
    self.init(
      start: UInt32(truncatingIfNeeded: range.lowerBound), count: UInt32(truncatingIfNeeded: range.count))
  }
}
