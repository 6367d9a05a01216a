import TensorCore

/// Names and calls. Source: torch/_utils.py, torch/_tensor.py and torch/serialization.py, for the calls that
/// `torch.save` writes; all others leave what stands in the file.
extension PickleMachine {
  /// The name of a class or function: `argparse.Namespace`.
  func path(_ name: PickleName) -> String {
    let (module, symbol) = names[Int(name)]
    return "\(stream.text(module.range) ?? "?").\(stream.text(symbol.range) ?? "?")"
  }

  /// The meaning of a global.
  ///
  /// Throws for a name that ``RefusedGlobals`` lists.
  mutating func global(module: PickleRun, symbol: PickleRun) throws(CheckpointError) -> PickleGlobal {
    guard module.count <= CheckpointLimits.pickleName, symbol.count <= CheckpointLimits.pickleName else {
      throw unexpected("a name of at most \(CheckpointLimits.pickleName) bytes")
    }
    guard let moduleText = stream.text(module.range), let symbolText = stream.text(symbol.range) else {
      throw source.unusable(.nameEncoding(offset: opcodePlace))
    }
    guard !RefusedGlobals.contains(module: moduleText, symbolText) else {
      throw refused("\(moduleText).\(symbolText)")
    }
    names.append((module, symbol))
    return PickleGlobal(module: moduleText, symbolText, as: PickleName(truncatingIfNeeded: names.count - 1))
  }

  private func refused(_ name: String) -> CheckpointError {
    source.unusable(.foreignGlobal(offset: opcodePlace, name: Label(name)))
  }

  /// A storage or, in a whole module, a class.
  ///
  /// `('storage', class, key, device, count)`, in the legacy format with a sixth item, a view; or
  /// `('module', class, file, source)`.
  mutating func persistent(_ identifier: PickleValue) throws(CheckpointError) -> PickleValue {
    guard case .tuple(let tuple) = identifier else { throw unexpected("a storage's description") }
    let items = try arguments(tuple)
    if items.count == 4, text(items[0]) == "module", case .global = items[1] { return items[1] }
    guard items.count == 5 || items.count == 6, text(items[0]) == "storage",
      case .global(.storage(let element)) = items[1], case .text(let key) = items[2],
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
    storages.append(PickleStorage(key: key, element: element, count: count, viewOffset: viewOffset))
    return .storage(Int32(truncatingIfNeeded: storages.count - 1))
  }

  mutating func reduce() throws(CheckpointError) {
    let call = try pop(2)
    guard case .tuple(let tuple) = call[1] else { throw unexpected("a function and its arguments") }
    switch call[0] {
    case .global(.rebuildWithAttributes): push(try rebuilt(arguments(tuple)))
    case .global(let function): push(try result(of: function, tuple))
    // What a call gave is called: an instance with arguments, as far as anything here is concerned.
    case .object: push(addObject(nil, tuple))
    default: throw unexpected("a function and its arguments")
    }
  }

  /// `_rebuild_from_type_v2(function, type, arguments, state)`: attributes do not matter.
  private mutating func rebuilt(_ items: [PickleValue]) throws(CheckpointError) -> PickleValue {
    guard items.count == 4, case .global(let function) = items[0], case .tuple(let tuple) = items[2],
      function != .rebuildWithAttributes
    else { throw unexpected("a function, a type, arguments and a state") }
    return try result(of: function, tuple)
  }

  private mutating func result(
    of function: PickleGlobal, _ tuple: Int32
  ) throws(CheckpointError) -> PickleValue {
    switch function {
    case .foreign(let name): return addObject(name, tuple)
    case .partial: return try partial(tuple)
    default: break
    }
    let arguments = try arguments(tuple)
    switch function {
    case .dictionary: return .dictionary(try dictionary(from: arguments))
    case .defaultDictionary: return .dictionary(try dictionary(from: Array(arguments.dropFirst())))
    case .rebuildTensor:
      guard arguments.count >= 4 else { throw unexpected("storage, offset, size, stride") }
      return add(try tensor(arguments))
    case .rebuildTypedTensor:
      guard arguments.count >= 7 else { throw unexpected("storage, offset, size, stride and element type") }
      switch arguments[6] {
      case .global(.elementType(let type)): return add(try tensor(arguments, element: .readable(type)))
      case .global(.foreign(let name)):
        return add(try tensor(arguments, element: .foreign(name, byteCount: 0)))
      default: throw unexpected("an element type")
      }
    case .rebuildQuantized(let name):
      guard arguments.count >= 4 else { throw unexpected("storage, offset, size, stride") }
      var quantized = try tensor(arguments)
      if case .readable = quantized.element { quantized = foreignTensor(name) }
      return add(quantized)
    case .rebuildForeign(let name): return add(foreignTensor(name))
    case .rebuildParameter:
      guard let tensor = arguments.first else { throw unexpected("a tensor") }
      switch tensor {
      // A parameter around a tensor of another library's class.
      case .tensor, .object: return tensor
      default: throw unexpected("a tensor")
      }
    case .tensorClass:
      // `Parameter(data, …)`, or an empty one whose state follows.
      if case .tensor = arguments.first, let tensor = arguments.first { return tensor }
      return add(nil)
    case .size:
      guard let extents = arguments.first else { return .tuple(container([])) }
      guard case .list(let list) = extents else { return extents }
      return .tuple(list)
    case .storage, .elementType, .foreign, .partial, .rebuildWithAttributes:
      throw unexpected("a function that makes part of a state dict")
    }
  }

  /// The values of a tuple that a known function takes.
  ///
  /// None takes many, so a long tuple that is named again and again costs no time.
  private func arguments(_ tuple: Int32) throws(CheckpointError) -> [PickleValue] {
    guard count(tuple) <= CheckpointLimits.pickleArguments else {
      throw unexpected("at most \(CheckpointLimits.pickleArguments) arguments")
    }
    return values(tuple)
  }

  /// `functools.partial(class, …)`, as hyperparameters note an optimizer; any other callable is refused.
  private mutating func partial(_ tuple: Int32) throws(CheckpointError) -> PickleValue {
    guard let callable = try arguments(tuple).first, case .global(let global) = callable,
      case .foreign(let name) = global, RefusedGlobals.permitsPartial(of: path(name))
    else { throw refused("functools.partial") }
    return addObject(name, tuple)
  }

  mutating func newObject(_ call: [PickleValue]) throws(CheckpointError) {
    guard case .tuple(let tuple) = call[1] else { throw unexpected("a class and its arguments") }
    switch call[0] {
    case .global(.tensorClass): push(add(nil))
    case .global(.dictionary), .global(.defaultDictionary): push(.dictionary(container([])))
    case .global(.foreign(let name)): push(addObject(name, tuple))
    case .object: push(addObject(nil, tuple))
    default: throw unexpected("a class")
    }
  }

  /// Gives an object its state: a tensor of 2016 its storage, an instance its attributes; a dictionary's
  /// attributes (`_metadata` of a state dict) are dropped.
  mutating func build() throws(CheckpointError) {
    let state = try pop()
    switch try top() {
    case .dictionary: return
    case .object(let object): append([state], to: \.states, of: object)
    case .tensor(let index):
      // Attributes of a tensor that is whole.
      if tensors[Int(index)] != nil, case .dictionary = state { return }
      guard tensors[Int(index)] == nil, case .tuple(let tuple) = state else {
        throw unexpected("a tensor's state")
      }
      let items = try arguments(tuple)
      if items.count == 5, case .tensor(let data) = items[0] {
        tensors[Int(index)] = tensors[Int(data)]
      } else if items.count == 4 {
        tensors[Int(index)] = try tensor(items)
      } else {
        throw unexpected("a tensor's storage, offset, size and stride")
      }
    default: throw unexpected("an object that takes a state")
    }
  }

  /// Without arguments empty; `Counter` takes a dictionary, Python 2 wrote the items as one list of pairs.
  private mutating func dictionary(from arguments: [PickleValue]) throws(CheckpointError) -> Int32 {
    guard let argument = arguments.first else { return container([]) }
    if arguments.count == 1, case .dictionary(let dictionary) = argument { return dictionary }
    guard arguments.count == 1, case .list(let list) = argument else { throw unexpected("a list of pairs") }
    // The one call that copies: a list that is named again and again must not become many.
    copied += count(list)
    guard copied <= stream.position else { throw unexpected("fewer values than bytes") }
    let dictionary = container([])
    for pair in values(list) {
      switch pair {
      case .list(let index) where count(index) == 2, .tuple(let index) where count(index) == 2:
        append(values(index), to: dictionary)
      default: throw unexpected("a pair")
      }
    }
    return dictionary
  }

  private mutating func add(_ tensor: PickleTensor?) -> PickleValue {
    tensors.append(tensor)
    return .tensor(Int32(truncatingIfNeeded: tensors.count - 1))
  }

  private func foreignTensor(_ name: PickleName) -> PickleTensor {
    PickleTensor(
      storage: nil, element: .foreign(name, byteCount: 0), firstElement: 0, shape: -1, strides: -1)
  }

  private func tensor(
    _ arguments: [PickleValue], element: PickleElement? = nil
  ) throws(CheckpointError) -> PickleTensor {
    guard case .storage(let index) = arguments[0], case .int(let first) = arguments[1], first >= 0 else {
      throw unexpected("a storage and an offset")
    }
    let element = element ?? storages[Int(index)].element
    guard element != .bytes else { throw unexpected("a storage that has an element type") }
    return PickleTensor(
      storage: index, element: element, firstElement: first, shape: try extents(arguments[2]),
      strides: try extents(arguments[3]))
  }

  /// A tuple of whole numbers, checked against the limit of axes.
  private func extents(_ value: PickleValue) throws(CheckpointError) -> Int32 {
    guard case .tuple(let tuple) = value, count(tuple) <= CheckpointLimits.rank else {
      throw unexpected("a tuple of at most \(CheckpointLimits.rank) extents")
    }
    for value in values(tuple) {
      guard case .int = value else { throw unexpected("a whole number") }
    }
    return tuple
  }

  /// The numbers of a tuple that ``extents(_:)`` has checked.
  func numbers(_ tuple: Int32) -> [Int] {
    values(tuple).map { value in
      guard case .int(let number) = value else { return 0 }
      return number
    }
  }
}
