/// Finds the sets of named tensors in what a pickle built.
///
/// A set is a dictionary with tensors under names; a module, whose tensors stand in `_parameters` and
/// `_buffers` of it and of the modules in its `_modules`; or a module of TorchScript, whose attributes they
/// are. Dictionaries, lists and instances of any class are looked through for them. Dictionaries under whole
/// numbers are left out: these are the states of an optimizer.
///
/// Nothing recurses. Values may be shared, and may hold themselves: each container is visited once, and where
/// a module has to be passed as often as it is named, steps and the bytes of joined names have limits.
struct TensorSearch {
  /// Tensors of a set by name, in the order of the file.
  struct Found {
    /// How the pickle leads to the set, keys and attributes joined by dots; empty for the outermost value.
    let key: String
    /// Names, with indices into the machine's tensors.
    let tensors: [(name: String, tensor: Int32)]
  }

  private struct Place {
    let value: PickleValue
    let key: String
    let depth: Int
  }

  private let machine: PickleMachine
  private var found: [Found] = []
  private var stack: [Place] = []
  private var visited: Set<PickleValue> = []
  private var steps = 0
  private var tensorCount = 0
  private var nameBytes = 0

  /// All sets below `root`, outer ones first.
  static func sets(_ machine: PickleMachine, root: PickleValue) throws(CheckpointDefect) -> [Found] {
    var search = TensorSearch(machine: machine)
    search.stack.append(Place(value: root, key: "", depth: 0))
    while let place = search.stack.popLast() { try search.visit(place) }
    return search.found
  }

  private init(machine: PickleMachine) { self.machine = machine }

  private mutating func visit(_ place: Place) throws(CheckpointDefect) {
    guard place.depth <= CheckpointLimits.depth else { return }
    switch place.value {
    case .dictionary, .list, .tuple, .object:
      guard visited.insert(place.value).inserted else { return }
    default: return
    }
    switch place.value {
    case .dictionary(let dictionary): try visit(pairs(try values(dictionary)), place)
    case .list(let elements), .tuple(let elements): try visit(elements: try values(elements), place)
    case .object(let index): try visit(index, place)
    default: return
    }
  }

  /// Tensors among named values make a set; what else is named may hold some.
  private mutating func visit(
    _ pairs: [(key: PickleRun, value: PickleValue)], _ place: Place
  ) throws(CheckpointDefect) {
    var tensors: [(name: String, tensor: Int32)] = []
    var others: [Place] = []
    for (key, value) in pairs {
      switch value {
      case .tensor(let tensor): tensors.append((try name("", key), tensor))
      case .dictionary, .list, .tuple, .object:
        let path = place.key.isEmpty ? "" : place.key + "."
        others.append(Place(value: value, key: try name(path, key), depth: place.depth + 1))
      default: continue
      }
    }
    try add(tensors, place)
    stack += others.reversed()
  }

  private mutating func visit(elements: [PickleValue], _ place: Place) throws(CheckpointDefect) {
    var others: [Place] = []
    for (index, value) in elements.enumerated() {
      switch value {
      case .dictionary, .list, .tuple, .object:
        let key = place.key.isEmpty ? "\(index)" : "\(place.key).\(index)"
        try count(nameBytes: key.utf8.count)
        others.append(Place(value: value, key: key, depth: place.depth + 1))
      default: continue
      }
    }
    stack += others.reversed()
  }

  private mutating func visit(_ index: Int32, _ place: Place) throws(CheckpointDefect) {
    let attributes = try attributes(index)
    if isModule(index, attributes) {
      try add(flattened(index), place)
      return
    }
    let object = machine.objects[Int(index)]
    // Reversed: what is pushed last is visited first.
    for part in [object.elements, object.arguments] where part >= 0 {
      stack.append(Place(value: .tuple(part), key: place.key, depth: place.depth + 1))
    }
    try visit(attributes + pairs(try values(object.items)), place)
  }

  private mutating func add(
    _ tensors: [(name: String, tensor: Int32)], _ place: Place
  ) throws(CheckpointDefect) {
    guard !tensors.isEmpty else { return }
    tensorCount += tensors.count
    guard tensorCount <= CheckpointLimits.tensors else { throw .tensorLimit }
    found.append(Found(key: place.key, tensors: tensors))
  }

  // MARK: Modules

  /// The tensors of a module and of those in it, named as its state dict names them.
  private mutating func flattened(_ root: Int32) throws(CheckpointDefect) -> [(name: String, tensor: Int32)] {
    enum Step {
      case module(Int32, prefix: String, depth: Int)
      case tensor(Int32, name: String)
    }
    var tensors: [(name: String, tensor: Int32)] = []
    var steps: [Step] = [.module(root, prefix: "", depth: 0)]
    while let step = steps.popLast() {
      guard case .module(let index, let prefix, let depth) = step else {
        if case .tensor(let tensor, let name) = step { tensors.append((name, tensor)) }
        guard tensors.count <= CheckpointLimits.tensors else { throw .tensorLimit }
        continue
      }
      guard depth <= CheckpointLimits.depth else { throw .searchLimit }
      var inner: [Step] = []
      for (key, value) in try members(of: index) {
        switch value {
        case .tensor(let tensor): inner.append(.tensor(tensor, name: try name(prefix, key)))
        case .object(let module):
          inner.append(.module(module, prefix: try name(prefix, key) + ".", depth: depth + 1))
        default: continue
        }
      }
      steps += inner.reversed()
    }
    return tensors
  }

  /// Parameters, buffers that are saved, and modules, in this order; of TorchScript, the attributes.
  private mutating func members(
    of index: Int32
  ) throws(CheckpointDefect) -> [(key: PickleRun, value: PickleValue)] {
    let attributes = try attributes(index)
    if isScript(index) { return attributes }
    var members: [(key: PickleRun, value: PickleValue)] = []
    let unsaved = try texts(in: value(of: "_non_persistent_buffers_set", attributes))
    for part in ["_parameters", "_buffers", "_modules"] {
      guard case .dictionary(let dictionary) = value(of: part, attributes) else { continue }
      let all = pairs(try values(dictionary))
      members += part == "_buffers" ? all.filter { !unsaved.contains(machine.bytes($0.key)) } : all
    }
    return members
  }

  private func isModule(_ index: Int32, _ attributes: [(key: PickleRun, value: PickleValue)]) -> Bool {
    if isScript(index) { return true }
    guard case .dictionary = value(of: "_modules", attributes) else { return false }
    return true
  }

  /// Whether the class is one that TorchScript made of a module.
  private func isScript(_ index: Int32) -> Bool {
    machine.objects[Int(index)].type.map { machine.path($0).hasPrefix("__torch__.") } ?? false
  }

  /// The texts of a set, as bytes.
  private mutating func texts(in value: PickleValue) throws(CheckpointDefect) -> Set<ArraySlice<UInt8>> {
    guard case .object(let index) = value else { return [] }
    let object = machine.objects[Int(index)]
    var elements = try values(object.elements)
    // Older protocols call `set` with a list.
    if case .list(let list) = try values(object.arguments).first { elements += try values(list) }
    return Set(
      elements.compactMap { element in
        guard case .text(let run) = element else { return nil }
        return machine.bytes(run)
      })
  }

  // MARK: Values

  /// What the states of an object say about its attributes: a dictionary, or one or two in a tuple.
  private mutating func attributes(
    _ index: Int32
  ) throws(CheckpointDefect) -> [(key: PickleRun, value: PickleValue)] {
    var attributes: [(key: PickleRun, value: PickleValue)] = []
    for state in try values(machine.objects[Int(index)].states) {
      switch state {
      case .dictionary(let dictionary): attributes += pairs(try values(dictionary))
      case .tuple(let parts) where machine.count(parts) <= 2:
        for case .dictionary(let dictionary) in try values(parts) {
          attributes += pairs(try values(dictionary))
        }
      default: continue
      }
    }
    return attributes
  }

  private func value(
    of attribute: String, _ attributes: [(key: PickleRun, value: PickleValue)]
  ) -> PickleValue {
    attributes.last { machine.bytes($0.key).elementsEqual(attribute.utf8) }?.value ?? .none
  }

  /// The items of a dictionary that stand under text.
  private func pairs(_ items: [PickleValue]) -> [(key: PickleRun, value: PickleValue)] {
    stride(from: 0, to: items.count - 1, by: 2).compactMap { index in
      guard case .text(let key) = items[index] else { return nil }
      return (key, items[index + 1])
    }
  }

  private mutating func values(_ container: Int32) throws(CheckpointDefect) -> [PickleValue] {
    steps += 1 + machine.count(container)
    guard steps <= CheckpointLimits.searchSteps else { throw .searchLimit }
    return machine.values(container)
  }

  private mutating func name(_ prefix: String, _ key: PickleRun) throws(CheckpointDefect) -> String {
    try count(nameBytes: prefix.utf8.count + Int(key.count))
    guard let text = machine.text(.text(key)) else { throw .nameEncoding(offset: machine.place(of: key)) }
    return prefix + text
  }

  private mutating func count(nameBytes count: Int) throws(CheckpointDefect) {
    nameBytes += count
    let (factor, floor) = CheckpointLimits.searchNames
    guard nameBytes <= floor + factor * machine.stream.position else { throw .searchLimit }
  }
}
