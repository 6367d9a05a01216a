import TensorCore

/// A value that a pickle built: inert, two words long, pointing to others by index.
enum PickleValue: Hashable, Sendable {
  case none
  case bool(Bool)
  case int(Int)
  /// An integer that does not fit, as its bytes.
  case long(PickleRun)
  /// A float: nothing a state dict is made of.
  case opaque
  case bytes(PickleRun)
  case text(PickleRun)
  case tuple(Int32)
  case list(Int32)
  case dictionary(Int32)
  case global(PickleGlobal)
  case storage(Int32)
  case tensor(Int32)
  case object(Int32)
}

/// Bytes of a pickle, by their place: text that is mentioned a million times takes no more memory than
/// one mention.
struct PickleRun: Hashable, Sendable {
  let start: UInt32
  let count: UInt32

  var range: Range<Int> { Int(start)..<Int(start) + Int(count) }
}

/// What a storage or tensor of a pickle consists of.
enum PickleElement: Hashable, Sendable {
  case readable(ElementType)
  /// Raw bytes: the tensor says what they are.
  case bytes
  /// Numbers that are not read here, by the name of their type: quantized, complex, 8-bit floats.
  ///
  /// `byteCount` is 0 where the size of one is not known.
  case foreign(PickleName, byteCount: UInt8)

  /// Bytes of one element of a storage; `nil` where it is not known.
  var byteCount: Int? {
    switch self {
    case .readable(let type): type.byteCount
    case .bytes: 1
    case .foreign(_, let byteCount): byteCount == 0 ? nil : Int(byteCount)
    }
  }
}

/// A storage as a pickle refers to it.
struct PickleStorage: Hashable, Sendable {
  /// Name of the bytes.
  let key: PickleRun
  /// Its elements.
  let element: PickleElement
  /// Elements of the whole storage.
  let count: Int
  /// Elements before the part that is meant: views of the legacy format.
  ///
  /// Never above ``count``.
  let viewOffset: Int
}

/// A tensor as a pickle describes it.
struct PickleTensor: Hashable, Sendable {
  /// Storage that holds it; `nil` for one of another kind, which ``element`` then names.
  let storage: Int32?
  let element: PickleElement
  let firstElement: Int
  /// Tuples of at most ``CheckpointLimits/rank`` whole numbers.
  let shape: Int32
  let strides: Int32
}

/// An instance of a class that is not known here, or what a call of an unknown function would give.
///
/// Nothing was built and nothing was called: these are the name and the data that stand in the file.
/// Indices of containers are -1 where there is none.
struct PickleObject: Sendable {
  /// Class or function; `nil` where the pickle took it from another object.
  let type: PickleName?
  /// Arguments, a tuple.
  let arguments: Int32
  /// What BUILD gave it, one value each time.
  var states: Int32 = -1
  /// Keys and values in turn, of a class that extends `dict`.
  var items: Int32 = -1
  /// Elements, of a set or of a class that extends `list`.
  var elements: Int32 = -1
}
