import GraphIR
import TensorCore

/// A plan as a table: every step in order, and where in the arena everything lies while it is needed.
///
/// Row 0 is the image. Lifetimes are given by the numbers of rows; what the caller reads lives until one past the last.
package struct PlanDescription: Hashable, Sendable {
  /// A part of the arena: the pixels of a value, at even distances.
  package struct Region: Hashable, Sendable {
    /// Bytes from the start of the arena to the first element.
    package var offset: Int
    /// Bytes of all elements.
    package let bytes: Int
    /// Bytes of the elements of a pixel.
    package let pixelBytes: Int
    /// Bytes from one pixel to the next.
    package let pixelStride: Int
    /// Numbers of the first and the last row at which it holds something.
    package var life: ClosedRange<Int>
    /// Number of the row in whose value this one lies, so that nothing needs copying.
    package let inside: Int?
  }

  /// One step of the plan.
  package struct Row: Hashable, Sendable {
    /// When it runs.
    package let number: Int
    /// Path of the node: `layer1.0.conv1`; `input` for the image, `loss` between the passes of training.
    package let name: String
    /// The pass of a training step; `nil` for inference, and for rows between the passes.
    package let direction: Direction?
    /// The operator's stable name: `conv`; empty where the row is no node's.
    package let kind: String
    /// Its attributes in words.
    package let attributes: String
    /// The algorithm that runs; empty where the row is no node's.
    package let algorithm: String
    /// Shape of the value.
    package let shape: Shape
    /// Where the value lies: the node's output, or in a backward pass the gradient of the output.
    package var value: Region?
    /// Bytes of parameters as the algorithm reads them.
    package let packedBytes: Int
    /// Batch statistics, which the forward pass saves for the backward pass.
    package let statistics: Region?
    /// Scratch that threads share.
    package let scratch: Region?
    /// Bytes of scratch that each thread has for itself.
    package let threadScratchBytes: Int
  }

  /// The rows in the order in which they run.
  package var rows: [Row]
  /// Bytes of an arena.
  package let arenaBytes: Int
  /// The kernels that it was planned for: `avx512`.
  package let instructionSet: String
  /// How convolutions were asked to be computed.
  package let convolution: ConvolutionChoice
  /// The precision in which it is computed.
  package let precision: ComputePrecision
  /// How a batch is cut into runs of the plan; `nil` for training, where it is not cut.
  package let division: Division?
  /// Images of a run.
  package let imagesPerRun: Int
}

extension PlanDescription.Row {
  /// A row that is no node's.
  init(_ number: Int, _ name: String, _ shape: Shape, at value: PlanDescription.Region?) {
    self.init(
      number: number, name: name, direction: nil, kind: "", attributes: "", algorithm: "", shape: shape,
      value: value, packedBytes: 0, statistics: nil, scratch: nil, threadScratchBytes: 0)
  }
}

extension PlanDescription.Region {
  /// A value at an offset in floats; step `s` of its life is row `s + 1`.
  init(_ offset: Int, _ layout: ActivationLayout, life: ClosedRange<Int>, inside: Int? = nil) {
    self.init(
      offset: offset * MemoryLayout<Float>.stride,
      bytes: layout.pixels * layout.channels * layout.format.size,
      pixelBytes: layout.channels * layout.format.size, pixelStride: layout.pixelStride * layout.format.size,
      life: life.lowerBound + 1...life.upperBound + 1, inside: inside)
  }

  /// Floats without gaps; `nil` if there are none.
  init?(_ offset: Int, count: Int, life: ClosedRange<Int>) {
    guard count > 0 else { return nil }
    let bytes = count * MemoryLayout<Float>.stride
    self.init(
      offset: offset * MemoryLayout<Float>.stride, bytes: bytes, pixelBytes: bytes, pixelStride: bytes,
      life: life.lowerBound + 1...life.upperBound + 1, inside: nil)
  }

  /// The same, living from row 0 on.
  var fromTheStart: PlanDescription.Region {
    PlanDescription.Region(
      offset: offset, bytes: bytes, pixelBytes: pixelBytes, pixelStride: pixelStride,
      life: 0...life.upperBound, inside: inside)
  }
}

extension Placement {
  /// For each value, by id, the node in whose output it lies; values with a storage of their own are not there.
  ///
  /// A view lies in the output of the node that it is a view of; -1 stands for the image.
  func hosts(in graph: Graph) -> [Int: Int] {
    let producers = Dictionary(uniqueKeysWithValues: graph.nodes.enumerated().map { ($1.output.id, $0) })
    var hosts: [Int: Int] = [:]
    for (index, node) in graph.nodes.enumerated() {
      for (input, isInPlace) in zip(node.inputs, inPlace(node)) where isInPlace {
        if input.shape.channels > node.output.shape.channels {
          hosts[node.output.id] = producers[input.id] ?? -1
        } else {
          hosts[input.id] = index
        }
      }
    }
    return hosts
  }
}
