/// A name from a pickle: an index into the names that the pickle mentions.
typealias PickleName = Int32

/// What a name in a pickle stands for.
///
/// There is no way from a name in a file to anything inside or outside this program: a name has one of the meanings
/// below, is refused (``RefusedGlobals``), or remains a name.
enum PickleGlobal: Hashable, Sendable {
  /// `collections.OrderedDict`, `dict`.
  case dictionary
  /// `collections.defaultdict`: its argument is what it makes values with, not values.
  case defaultDictionary
  /// `torch._utils._rebuild_tensor` and its second version.
  case rebuildTensor
  /// The third version, which names the element type itself.
  case rebuildTypedTensor
  /// `torch._utils._rebuild_parameter`, with and without state: the tensor is its first argument.
  case rebuildParameter
  /// `torch._tensor._rebuild_from_type_v2`: one of the functions above, then attributes.
  case rebuildWithAttributes
  /// A quantized tensor, whose storage is among the arguments.
  case rebuildQuantized(PickleName)
  /// A tensor of another unsupported kind: sparse, nested, without values.
  case rebuildForeign(PickleName)
  /// `torch.nn.parameter.Parameter` and tensor classes of 2016: created empty, then given a state.
  case tensorClass
  /// `torch.FloatStorage` and the like.
  case storage(PickleElement)
  /// `torch.float32` and the like.
  case elementType(ElementType)
  /// `torch.Size`: a tuple.
  case size
  /// `functools.partial`, accepted only around classes of networks and optimizers.
  case partial
  /// An unknown class or function.
  case foreign(PickleName)

  /// The meaning of a global that is not refused; `name` is what it is kept under.
  init(module: String, _ symbol: String, as name: PickleName) {
    self =
      switch (module, symbol) {
      case ("collections", "OrderedDict"), ("collections", "Counter"), ("builtins", "dict"),
        ("__builtin__", "dict"):
        .dictionary
      case ("collections", "defaultdict"): .defaultDictionary
      case ("functools", "partial"): .partial
      case ("torch._utils", _): PickleGlobal.function(symbol, as: name)
      case ("torch._tensor", "_rebuild_from_type_v2"): .rebuildWithAttributes
      case ("torch.nn.parameter", "Parameter"), ("torch.nn", "Parameter"), ("torch.nn.parameter", "Buffer"),
        ("torch.nn", "Buffer"):
        .tensorClass
      case ("torch", "Size"): .size
      case ("torch", "UntypedStorage"), ("torch.storage", "UntypedStorage"): .storage(.bytes)
      case ("torch", _), ("torch.cuda", _), ("torch.storage", _): PickleGlobal.torch(symbol, as: name)
      default: .foreign(name)
      }
  }

  private static func function(_ symbol: String, as name: PickleName) -> PickleGlobal {
    switch symbol {
    case "_rebuild_tensor", "_rebuild_tensor_v2": .rebuildTensor
    case "_rebuild_tensor_v3": .rebuildTypedTensor
    case "_rebuild_parameter", "_rebuild_parameter_with_state": .rebuildParameter
    case "_rebuild_qtensor": .rebuildQuantized(name)
    default: symbol.hasPrefix("_rebuild_") ? .rebuildForeign(name) : .foreign(name)
    }
  }

  private static func torch(_ symbol: String, as name: PickleName) -> PickleGlobal {
    if let type = dtypes[symbol] { return .elementType(type) }
    if symbol.hasSuffix("Storage") {
      let kind = String(symbol.dropLast(7))
      if let type = classes[kind] { return .storage(.readable(type)) }
      if let byteCount = foreignClasses[kind] { return .storage(.foreign(name, byteCount: byteCount)) }
    }
    return symbol.hasSuffix("Tensor") && classes[String(symbol.dropLast(6))] != nil
      ? .tensorClass : .foreign(name)
  }

  private static let dtypes: [String: ElementType] = [
    "float64": .float64, "float32": .float32, "float16": .float16, "bfloat16": .bfloat16,
    "int64": .int64, "int32": .int32, "int16": .int16, "int8": .int8, "uint64": .uint64,
    "uint32": .uint32, "uint16": .uint16, "uint8": .uint8, "bool": .bool,
  ]

  private static let classes: [String: ElementType] = [
    "Double": .float64, "Float": .float32, "Half": .float16, "BFloat16": .bfloat16, "Long": .int64,
    "Int": .int32, "Short": .int16, "Char": .int8, "Byte": .uint8, "Bool": .bool,
  ]

  /// Storages that are not read, with the bytes of an element: the legacy format needs them to find the next.
  private static let foreignClasses: [String: UInt8] = [
    "ComplexFloat": 8, "ComplexDouble": 16, "QUInt8": 1, "QInt8": 1, "QInt32": 4, "QUInt4x2": 1,
    "QUInt2x4": 1,
  ]
}
