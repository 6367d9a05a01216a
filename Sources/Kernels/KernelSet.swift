import CKernels
import Glibc
import TensorCore

/// The vector kernels of one instruction set.
package struct KernelSet: @unchecked Sendable {
  let functions: UnsafePointer<ck_kernels>
  let bfloat16: UnsafePointer<ck_bfloat16_kernels>
  let int8: UnsafePointer<ck_int8_kernels>
  let int8Products: UnsafePointer<ck_int8_products>

  private init(_ functions: UnsafePointer<ck_kernels>, widens: Bool = false) {
    self.functions = functions
    bfloat16 = widens ? functions.pointee.bfloat16 : ck_bfloat16_of(functions)
    int8 = functions.pointee.int8
    int8Products = widens ? functions.pointee.int8_products : ck_int8_products_of(functions)
  }

  /// The set as it is on a CPU without instructions for bfloat16 and for products of bytes.
  package var widening: KernelSet { KernelSet(functions, widens: true) }

  /// The set that `CNNZOO_SIMD` names, or the fastest one that this CPU runs.
  ///
  /// A program calls ``checkSelection()`` first: a name that is not ``available`` has no effect here.
  package static let best = available.first { $0.name == selection } ?? available[0]

  /// The sets for CPUs of this kind, fastest first, whether or not this one runs them.
  package static let all: [KernelSet] = (0..<ck_set_count()).map { KernelSet(ck_set($0)) }

  /// The sets that this CPU runs, fastest first; the last one is `portable`, which every CPU runs.
  package static let available: [KernelSet] = zip(0..<ck_set_count(), all)
    .filter { ck_set_runs_here($0.0) != 0 }.map(\.1)

  /// `avx512`, `avx2`, `neon` or `portable`.
  package var name: String { String(cString: functions.pointee.name) }

  /// The kernels for feature maps of a format; those for bfloat16 exist where ``multipliesBFloat16Pairs`` is true.
  func maps(_ format: ValueFormat) -> UnsafePointer<ck_maps> {
    guard case .bfloat16 = format, let maps = bfloat16.pointee.maps else { return functions.pointee.maps }
    return maps
  }

  /// Whether products in bfloat16 take half as long as those of floats.
  package var multipliesBFloat16Pairs: Bool { bfloat16.pointee.multiplies_pairs != 0 }

  /// Floats in a vector register.
  package var vector: Int { functions.pointee.vector }

  /// Most rows of a matrix tile.
  package var tileRows: Int { functions.pointee.tile_rows }

  /// Columns of a full panel of packed weights.
  package var panel: Int { functions.pointee.panel }
}

/// A value of `CNNZOO_SIMD` that names no set of kernels that this CPU runs.
package struct KernelSetError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The value.
  package let name: String
  /// Names of the sets that this CPU runs, fastest first.
  package let available: [String]

  /// What is wrong, and what to do.
  package var description: String {
    "CNNZOO_SIMD: no kernels named \"\(name)\" on this CPU; use \(available.joined(separator: ", ")), or unset it"
  }
}

extension KernelSet {
  /// The value of `CNNZOO_SIMD`; `nil` if it is unset or empty.
  private static var selection: String? {
    guard let value = getenv("CNNZOO_SIMD").map({ String(cString: $0) }), !value.isEmpty else { return nil }
    return value
  }

  /// Throws if `CNNZOO_SIMD` is set to anything but the name of a set that this CPU runs.
  package static func checkSelection() throws(KernelSetError) {
    if let selection { _ = try named(selection) }
  }

  /// The set with a name, if this CPU runs it.
  package static func named(_ name: String) throws(KernelSetError) -> KernelSet {
    guard let set = available.first(where: { $0.name == name }) else {
      throw KernelSetError(name: name, available: available.map(\.name))
    }
    return set
  }
}
