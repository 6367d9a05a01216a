import CKernels
import TensorCore

/// The vector kernels of one instruction set.
package struct KernelSet: @unchecked Sendable {
  let functions: UnsafePointer<ck_kernels>

  /// The fastest set that this CPU runs, or the one that `CNNZOO_SIMD` names.
  package static let best = KernelSet(functions: ck_best())

  /// Every set that this CPU runs, fastest first.
  package static let available: [KernelSet] = (0..<ck_set_count())
    .filter { ck_set_runs_here($0) != 0 }
    .map { KernelSet(functions: ck_set($0)) }

  /// `avx512`, `avx2`, `neon` or `portable`.
  package var name: String { String(cString: functions.pointee.name) }

  /// Floats in a vector register.
  package var vector: Int { functions.pointee.vector }

  /// Most rows of a matrix tile.
  package var tileRows: Int { functions.pointee.tile_rows }

  /// Columns of a full panel of packed weights.
  package var panel: Int { functions.pointee.panel }
}
