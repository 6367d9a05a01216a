import CKernels
import TensorCore

/// Weights of a matrix product in the order in which the matrix kernel reads them.
///
/// The columns (outputs) are divided into panels as wide as the kernel's tile. For each of the `depth` rows,
/// a panel holds the weights of its columns, zeros for missing columns. The last panel is a single vector
/// wide where that is enough.
package struct PackedPanels: Sendable {
  /// Products that are summed for an output.
  package let depth: Int
  /// Outputs.
  package let columns: Int
  private let kernels: KernelSet
  private var vector: Int { kernels.vector }
  private var panel: Int { kernels.panel }

  /// The packing of a `depth × columns` matrix for a set of kernels.
  package init(depth: Int, columns: Int, kernels: KernelSet) {
    self.depth = depth
    self.columns = columns
    self.kernels = kernels
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

  /// Packs weights; ``depth`` is taps times products of the source.
  package func pack(_ source: ck_panel_source, into destination: UnsafeMutablePointer<Float>) {
    var source = source
    for index in 0..<count {
      kernels.functions.pointee.pack_panel(
        &source, columns(inPanel: index), width(ofPanel: index), destination + offset(ofPanel: index))
      source.weights += panel * source.column_stride
    }
  }
}
