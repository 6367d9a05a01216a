import CKernels
import TensorCore

/// The vector kernels of one instruction set.
package struct KernelSet: @unchecked Sendable {
  let functions: UnsafePointer<ck_kernels>

  /// The fastest set that this CPU runs, or the one that `CNNZOO_SIMD` names.
  package static let best = KernelSet(functions: ck_best())

  /// Every set for CPUs of this kind, fastest first, whether or not this one runs it.
  package static let all: [KernelSet] = (0..<ck_set_count()).map { KernelSet(functions: ck_set($0)) }

  /// Every set that this CPU runs, fastest first.
  package static let available: [KernelSet] = zip(0..<ck_set_count(), all)
    .filter { ck_set_runs_here($0.0) != 0 }.map(\.1)

  /// `avx512`, `avx2`, `neon` or `portable`.
  package var name: String { String(cString: functions.pointee.name) }

  /// Floats in a vector register.
  package var vector: Int { functions.pointee.vector }

  /// Most rows of a matrix tile.
  package var tileRows: Int { functions.pointee.tile_rows }

  /// Columns of a full panel of packed weights.
  package var panel: Int { functions.pointee.panel }
}
