/// How one element of a stored tensor is encoded.
///
/// Raw values are safetensors' names.
package enum ElementType: String, Hashable, Sendable, CaseIterable {
  /// IEEE 754 double.
  case float64 = "F64"
  /// IEEE 754 single, the type of all arithmetic here.
  case float32 = "F32"
  /// IEEE 754 half.
  case float16 = "F16"
  /// The upper half of a single.
  case bfloat16 = "BF16"
  /// Signed, 64 bits: `num_batches_tracked`.
  case int64 = "I64"
  /// Signed, 32 bits.
  case int32 = "I32"
  /// Signed, 16 bits.
  case int16 = "I16"
  /// Signed, 8 bits.
  case int8 = "I8"
  /// Unsigned, 64 bits.
  case uint64 = "U64"
  /// Unsigned, 32 bits.
  case uint32 = "U32"
  /// Unsigned, 16 bits.
  case uint16 = "U16"
  /// Unsigned, 8 bits.
  case uint8 = "U8"
  /// One byte, true unless 0.
  case bool = "BOOL"

  /// Bytes of one element.
  package var byteCount: Int {
    switch self {
    case .float64, .int64, .uint64: 8
    case .float32, .int32, .uint32: 4
    case .float16, .bfloat16, .int16, .uint16: 2
    case .int8, .uint8, .bool: 1
    }
  }

  /// Whether elements are floating-point numbers.
  package var isFloatingPoint: Bool {
    switch self {
    case .float64, .float32, .float16, .bfloat16: true
    default: false
    }
  }
}

extension ElementType {
  /// Decodes little-endian elements, one for each float of `destination`.
  ///
  /// Doubles are rounded to nearest; halves, bfloat16 and integers below 2^24 are exact.
  /// `bytes` holds at least as many elements as `destination` and needs no alignment.
  func decode(_ bytes: UnsafeRawBufferPointer, into destination: UnsafeMutableBufferPointer<Float>) {
    switch self {
    case .float32: unsafe Self.convert(bytes, destination, Float.self) { $0 }
    case .float64: unsafe Self.convert(bytes, destination, Double.self) { Float($0) }
    case .float16: unsafe Self.convert(bytes, destination, UInt16.self) { Float(halfBits: $0) }
    case .bfloat16:
      unsafe Self.convert(bytes, destination, UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
    case .int64: unsafe Self.convert(bytes, destination, Int64.self) { Float($0) }
    case .int32: unsafe Self.convert(bytes, destination, Int32.self) { Float($0) }
    case .int16: unsafe Self.convert(bytes, destination, Int16.self) { Float($0) }
    case .int8: unsafe Self.convert(bytes, destination, Int8.self) { Float($0) }
    case .uint64: unsafe Self.convert(bytes, destination, UInt64.self) { Float($0) }
    case .uint32: unsafe Self.convert(bytes, destination, UInt32.self) { Float($0) }
    case .uint16: unsafe Self.convert(bytes, destination, UInt16.self) { Float($0) }
    case .uint8: unsafe Self.convert(bytes, destination, UInt8.self) { Float($0) }
    case .bool: unsafe Self.convert(bytes, destination, UInt8.self) { $0 == 0 ? 0 : 1 }
    }
  }

  /// Hands the little-endian elements in `bytes` to `body` as doubles, which hold all of them but whole numbers
  /// beyond 2^53 exactly.
  ///
  /// `bytes` needs no alignment.
  func forEach(in bytes: UnsafeRawBufferPointer, _ body: (Double) -> Void) {
    switch self {
    case .float64: unsafe Self.visit(bytes, Double.self) { body($0) }
    case .float32: unsafe Self.visit(bytes, Float.self) { body(Double($0)) }
    case .float16: unsafe Self.visit(bytes, UInt16.self) { body(Double(Float(halfBits: $0))) }
    case .bfloat16:
      unsafe Self.visit(bytes, UInt16.self) { body(Double(Float(bitPattern: UInt32($0) << 16))) }
    case .int64: unsafe Self.visit(bytes, Int64.self) { body(Double($0)) }
    case .int32: unsafe Self.visit(bytes, Int32.self) { body(Double($0)) }
    case .int16: unsafe Self.visit(bytes, Int16.self) { body(Double($0)) }
    case .int8: unsafe Self.visit(bytes, Int8.self) { body(Double($0)) }
    case .uint64: unsafe Self.visit(bytes, UInt64.self) { body(Double($0)) }
    case .uint32: unsafe Self.visit(bytes, UInt32.self) { body(Double($0)) }
    case .uint16: unsafe Self.visit(bytes, UInt16.self) { body(Double($0)) }
    case .uint8: unsafe Self.visit(bytes, UInt8.self) { body(Double($0)) }
    case .bool: unsafe Self.visit(bytes, UInt8.self) { body($0 == 0 ? 0 : 1) }
    }
  }

  @inline(__always)
  private static func visit<Stored: BitwiseCopyable>(
    _ bytes: UnsafeRawBufferPointer, _ type: Stored.Type, _ body: (Stored) -> Void
  ) {
    for offset in stride(
      from: 0, to: bytes.count - MemoryLayout<Stored>.size + 1, by: MemoryLayout<Stored>.stride)
    {
      body(unsafe bytes.loadUnaligned(fromByteOffset: offset, as: Stored.self))
    }
  }

  @inline(__always)
  private static func convert<Stored: BitwiseCopyable>(
    _ bytes: UnsafeRawBufferPointer, _ destination: UnsafeMutableBufferPointer<Float>,
    _ type: Stored.Type, _ widen: (Stored) -> Float
  ) {
    guard let source = bytes.baseAddress, let target = destination.baseAddress else { return }
    precondition(bytes.count / MemoryLayout<Stored>.stride >= destination.count)
    for i in 0..<destination.count {
      let stored = unsafe source.loadUnaligned(
        fromByteOffset: i * MemoryLayout<Stored>.stride, as: Stored.self)
      unsafe target[i] = widen(stored)
    }
  }
}

extension Float {
  /// The value of an IEEE 754 half.
  ///
  /// In integer steps and one multiplication, which vectorizes; the standard library's conversion
  /// is a call for each element on processors that are not asked for F16C at build time. Scaling by
  /// 2^112 moves the exponent's bias and makes subnormal halves normal; it is exact.
  @inline(__always)
  init(halfBits bits: UInt16) {
    let sign = UInt32(bits & 0x8000) << 16
    let magnitude = UInt32(bits & 0x7fff) << 13
    let isFinite = magnitude < 0x0f80_0000
    let scaled = (Float(bitPattern: magnitude) * 0x1p112).bitPattern
    self.init(bitPattern: (isFinite ? scaled : magnitude | 0x7f80_0000) | sign)
  }
}
