/// The only globals that a pickle may use, and what each of them means here.
///
/// There is no other way from a name in a file to anything in this program: any other name is refused before its
/// arguments are read.
enum PickleGlobal: Hashable, Sendable {
  /// `collections.OrderedDict`.
  case orderedDictionary
  /// `torch._utils._rebuild_tensor` and its second version.
  case rebuildTensor
  /// The third version, which names the element type itself.
  case rebuildTypedTensor
  /// `torch._utils._rebuild_parameter`, with and without state: the tensor is its first argument.
  case rebuildParameter
  /// `torch.nn.parameter.Parameter` and tensor classes of 2016: created empty, then given a state.
  case tensorClass
  /// `torch.FloatStorage` and the like; `nil` for the untyped storage, which counts bytes.
  case storage(ElementType?)
  /// `torch.float32` and the like.
  case elementType(ElementType)
  /// `torch.Size`: a tuple.
  case size
  /// Functions whose results a state dict does not need.
  case ignored

  /// The meaning of a global, or `nil` for a foreign one.
  static func named(module: String, _ name: String) -> PickleGlobal? {
    switch (module, name) {
    case ("collections", "OrderedDict"): .orderedDictionary
    case ("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2"): .rebuildTensor
    case ("torch._utils", "_rebuild_tensor_v3"): .rebuildTypedTensor
    case ("torch._utils", "_rebuild_parameter"), ("torch._utils", "_rebuild_parameter_with_state"):
      .rebuildParameter
    case ("torch.nn.parameter", "Parameter"), ("torch.nn", "Parameter"): .tensorClass
    case ("torch", "Size"): .size
    case ("torch", "device"), ("_codecs", "encode"): .ignored
    case ("torch", "UntypedStorage"), ("torch.storage", "UntypedStorage"): .storage(nil)
    case ("torch", _), ("torch.cuda", _), ("torch.storage", _): torch(name)
    default: nil
    }
  }

  private static func torch(_ name: String) -> PickleGlobal? {
    if let type = dtypes[name] { return .elementType(type) }
    if name.hasSuffix("Storage"), let type = classes[String(name.dropLast(7))] { return .storage(type) }
    return name.hasSuffix("Tensor") && classes[String(name.dropLast(6))] != nil ? .tensorClass : nil
  }

  private static let dtypes: [String: ElementType] = [
    "float64": .float64, "float32": .float32, "float16": .float16, "bfloat16": .bfloat16,
    "int64": .int64, "int32": .int32, "int16": .int16, "int8": .int8, "uint8": .uint8, "bool": .bool,
  ]

  private static let classes: [String: ElementType] = [
    "Double": .float64, "Float": .float32, "Half": .float16, "BFloat16": .bfloat16, "Long": .int64,
    "Int": .int32, "Short": .int16, "Char": .int8, "Byte": .uint8, "Bool": .bool,
  ]
}
