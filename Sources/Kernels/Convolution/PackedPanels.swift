import CKernels
import TensorCore

/// Weights of a matrix product in the order in which the matrix kernel reads them.
///
/// The columns (outputs) are cut into panels as wide as the kernel's tile; a panel holds, for each of
/// the `depth` products, the weights of its columns side by side, missing columns as zeros. The last
/// panel is a single vector wide where that is enough.
package struct PackedPanels: Sendable {
  /// Products that make one output.
  package let depth: Int
  /// Outputs.
  package let columns: Int
  private let vector: Int
  private let panel: Int

  /// The packing of a `depth × columns` matrix for a set of kernels.
  package init(depth: Int, columns: Int, kernels: KernelSet) {
    self.depth = depth
    self.columns = columns
    vector = kernels.vector
    panel = kernels.panel
  }

  /// Number of panels.
  package var count: Int { columns.dividedRoundingUp(by: panel) }

  /// Columns of a panel that exist.
  package func columns(inPanel index: Int) -> Int { min(panel, columns - index * panel) }

  /// First column of a panel.
  package func firstColumn(ofPanel index: Int) -> Int { index * panel }

  /// Width of a panel with its zeros.
  package func width(ofPanel index: Int) -> Int {
    columns(inPanel: index) <= vector ? vector : panel
  }

  /// Columns of all panels together, zeros included.
  package var paddedColumns: Int { count == 0 ? 0 : (count - 1) * panel + width(ofPanel: count - 1) }

  /// Floats of all panels.
  package var floats: Int { paddedColumns * depth }

  /// Where a panel starts.
  package func offset(ofPanel index: Int) -> Int { index * panel * depth }

  /// Packs a matrix whose element for product `k` and column `n` is `source[sourceIndex[k] + n * columnStride]`.
  package func pack(
    _ source: UnsafePointer<Float>, productOffsets: [Int], columnStride: Int,
    into destination: UnsafeMutablePointer<Float>
  ) {
    productOffsets.withUnsafeBufferPointer { offsets in
      for index in 0..<count {
        let width = width(ofPanel: index)
        let columns = columns(inPanel: index)
        let first = source + firstColumn(ofPanel: index) * columnStride
        let target = destination + offset(ofPanel: index)
        for column in 0..<columns {
          let from = first + column * columnStride
          for k in 0..<depth { target[k * width + column] = from[offsets[k]] }
        }
        for column in columns..<width {
          for k in 0..<depth { target[k * width + column] = 0 }
        }
      }
    }
  }
}
