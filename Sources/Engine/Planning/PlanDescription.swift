import GraphIR
import TensorCore

/// A plan as a table: every step in order, and where in the arena everything lies while it is needed.
///
/// Row 0 is the image. A step's row has the value that it writes; lifetimes are given by the numbers of rows, and what
/// the caller reads lives one row past the last.
package struct PlanDescription: Hashable, Sendable {
  /// A part of the arena: pixels of some channels, at even distances.
  package struct Region: Hashable, Sendable {
    /// Bytes from the start of the arena to the first element.
    package let offset: Int
    /// Bytes of the elements.
    package let bytes: Int
    /// Bytes of the elements of one pixel.
    package let pixelBytes: Int
    /// Bytes from one pixel to the next.
    package let pixelStride: Int
    /// First and last row at which it holds something.
    package let life: ClosedRange<Int>
    /// The row in whose region this one lies, so that nothing needs copying.
    package let inside: Int?
  }

  /// One step of the plan.
  package struct Row: Hashable, Sendable {
    /// Path of the node: `layer1.0.conv1`; `input` for the image, `loss` between the passes of training.
    package let name: String
    /// The pass of a training step; `nil` for inference.
    package let direction: Direction?
    /// The operator's stable name: `conv`; `nil` where the row is no node's.
    package let kind: String?
    /// Its attributes in words.
    package let attributes: String
    /// The algorithm that runs.
    package let algorithm: String?
    /// Shape of the value.
    package let shape: Shape
    /// Where the value lies: the result, or in a backward pass the gradient of the result, which the row reads; `nil`
    /// where there is none.
    package let value: Region?
    /// What the forward pass leaves for the backward pass beside values, such as statistics of the batch.
    package let saved: Region?
    /// Bytes of parameters as the algorithm wants them.
    package let packedBytes: Int
    /// Scratch in the arena that threads share.
    package let scratch: Region?
    /// Bytes of scratch that each thread has for itself.
    package let threadScratchBytes: Int
  }

  /// The rows in the order in which they run.
  package let rows: [Row]
  /// Bytes of an arena.
  package let arenaBytes: Int
  /// The kernels that it was planned for: `avx512`.
  package let instructionSet: String
  /// How convolutions were asked to be computed: `auto`.
  package let convolution: String
  /// How often the plan is run for a batch.
  package let runs: Int
  /// Images of a run.
  package let imagesPerRun: Int
}
