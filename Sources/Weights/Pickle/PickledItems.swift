import TensorCore

/// What a plain pickle holds under names, such as the batches of CIFAR: NumPy arrays, whole numbers and text.
///
/// Read as inert data, like a checkpoint: nothing is built and nothing is called.
package struct PickledItems {
  private let machine: PickleMachine
  private let items: [(key: ArraySlice<UInt8>, value: PickleValue)]

  /// The dictionary in the pickle at `path`.
  ///
  /// Throws ``CheckpointError``.
  package init(path: String) throws(CheckpointError) {
    let source = try ByteSource(path: path)
    // Most of such a file is one array, so reading it in steps saves nothing.
    let bytes = try source.bytes(at: 0, count: source.size)
    guard let first = bytes.first, Self.firstOpcodes.contains(first) else {
      throw source.unusable(.notAPickle)
    }
    var machine = PickleMachine(source, PickleStream(source, inflated: bytes, memberOffset: 0))
    guard case .dictionary(let dictionary) = try machine.run() else { throw source.unusable(.notAPickle) }
    let values = machine.values(dictionary)
    self.machine = machine
    items = stride(from: 0, to: values.count - 1, by: 2).compactMap { index in
      machine.content(values[index]).map { ($0, values[index + 1]) }
    }
  }

  /// PROTO, which protocols 0 and 1 do not have: with them, a dictionary begins with MARK or EMPTY_DICT.
  private static let firstOpcodes: [UInt8] = [0x80, UInt8(ascii: "("), UInt8(ascii: "}")]

  /// The NumPy array under `key`, row by row; `nil` where there is none.
  package func array(_ key: String) -> PickledArray? { value(key).flatMap { PickledArray($0, in: machine) } }

  /// The list of whole numbers under `key`, or an array of them with one axis.
  package func integers(_ key: String) -> [Int]? {
    guard case .list(let list)? = value(key) else { return array(key)?.integers }
    let values = machine.values(list)
    let numbers = values.compactMap { value -> Int? in
      guard case .int(let number) = value else { return nil }
      return number
    }
    return numbers.count == values.count ? numbers : nil
  }

  /// The list of text under `key`.
  package func texts(_ key: String) -> [String]? {
    guard case .list(let list)? = value(key) else { return nil }
    let values = machine.values(list)
    let texts = values.compactMap { machine.content($0).flatMap { String(validating: $0, as: UTF8.self) } }
    return texts.count == values.count ? texts : nil
  }

  private func value(_ key: String) -> PickleValue? {
    items.last { $0.key.elementsEqual(key.utf8) }?.value
  }
}

/// A NumPy array in a pickle.
package struct PickledArray {
  /// Extents, outermost first.
  package let shape: Shape
  /// Type of its elements, which are little-endian.
  package let elementType: ElementType
  /// The elements, row-major.
  package let bytes: ArraySlice<UInt8>

  /// `numpy.core.multiarray._reconstruct(…)` with the state `(version, shape, type, isFortran, bytes)`, or, since
  /// protocol 5, `numpy.core.numeric._frombuffer(bytes, type, shape, order)`.
  fileprivate init?(_ value: PickleValue, in machine: PickleMachine) {
    guard case .object(let index) = value else { return nil }
    let object = machine.objects[Int(index)]
    let parts: (shape: PickleValue, type: PickleValue, isFortran: Bool, bytes: PickleValue)
    switch object.type.map(machine.path) {
    case "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct":
      guard case .tuple(let tuple)? = machine.values(object.states).last else { return nil }
      let state = machine.values(tuple)
      guard state.count == 5, case .bool(let isFortran) = state[3] else { return nil }
      parts = (state[1], state[2], isFortran, state[4])
    case "numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer":
      let arguments = machine.values(object.arguments)
      guard arguments.count == 4, let order = machine.text(arguments[3]), order == "C" || order == "F" else {
        return nil
      }
      parts = (arguments[2], arguments[1], order == "F", arguments[0])
    default: return nil
    }
    guard case .tuple(let extents) = parts.shape, machine.count(extents) <= CheckpointLimits.rank,
      let elementType = Self.elementType(parts.type, in: machine), let bytes = machine.content(parts.bytes)
    else { return nil }
    shape = Shape(machine.numbers(extents))
    guard let count = shape.checkedCount, count.multipliedIfFits(by: elementType.byteCount) == bytes.count
    else { return nil }
    self.elementType = elementType
    self.bytes =
      parts.isFortran && !bytes.isEmpty
      ? Self.rowMajor(bytes, shape.dimensions, width: elementType.byteCount) : bytes
  }

  /// Column-major elements of `width` bytes in row-major order.
  private static func rowMajor(_ bytes: ArraySlice<UInt8>, _ shape: [Int], width: Int) -> ArraySlice<UInt8> {
    var result = [UInt8](repeating: 0, count: bytes.count)
    // The bytes of an element are one more axis, which stays the innermost.
    let strides = columnMajorStrides(shape).map { $0 * width } + [1]
    unsafe bytes.withUnsafeBufferPointer { source in
      unsafe result.withUnsafeMutableBufferPointer {
        unsafe gather(source, shape: shape + [width], strides: strides, into: $0)
      }
    }
    return ArraySlice(result)
  }

  /// `numpy.dtype("u1", …)` with the state `(version, order, …)`.
  private static func elementType(_ value: PickleValue, in machine: PickleMachine) -> ElementType? {
    guard case .object(let index) = value else { return nil }
    let object = machine.objects[Int(index)]
    guard object.type.map(machine.path) == "numpy.dtype",
      let name = machine.values(object.arguments).first.flatMap(machine.text)
    else { return nil }
    var order = "|"
    if case .tuple(let state)? = machine.values(object.states).last, machine.count(state) > 1 {
      order = machine.text(machine.values(state)[1]) ?? order
    }
    return order == ">" ? nil : NumPyHeader.elementTypes[name]
  }

  /// The elements as whole numbers; `nil` for numbers of another kind and for several axes.
  fileprivate var integers: [Int]? {
    guard shape.rank == 1, !elementType.isFloatingPoint else { return nil }
    var numbers: [Int] = []
    unsafe bytes.withUnsafeBytes { bytes in
      unsafe elementType.forEach(in: bytes) { if let number = Int(exactly: $0) { numbers.append(number) } }
    }
    return numbers.count == shape.count ? numbers : nil
  }
}

extension PickleMachine {
  /// The bytes of text or bytes, also in the form in which protocol 2 holds bytes, `_codecs.encode(text, 'latin1')`.
  fileprivate func content(_ value: PickleValue) -> ArraySlice<UInt8>? {
    switch value {
    case .text(let run), .bytes(let run): return bytes(run)
    case .object(let index):
      let object = objects[Int(index)]
      let arguments = values(object.arguments)
      guard object.type.map(path) == "_codecs.encode", arguments.count == 2,
        text(arguments[1]) == "latin1", let text = text(arguments[0])
      else { return nil }
      return ArraySlice(text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
    default: return nil
    }
  }
}
