import GraphIR
import Kernels
import TensorCore

extension Plan {
  /// The plan as a table.
  package var description: PlanDescription {
    let inside = placement.hosts(in: graph)
    func region(_ value: Value, offset: Int) -> PlanDescription.Region? {
      lifetimes.ofValues[value.id].map {
        .init(
          offset, placement.layout(of: value), life: $0, firstRow: 1, inside: inside[value.id].map { $0 + 1 })
      }
    }
    let image = PlanDescription.Row(
      image: graph.input.shape,
      at: lifetimes.ofValues[graph.input.id].map {
        .init(input.offset, input.layout, life: 0...$0.upperBound + 1, firstRow: 0, inside: nil)
      })
    let rows = steps.enumerated().map { index, step in
      PlanDescription.Row(
        name: step.node.name, direction: nil, kind: step.node.operation.kind,
        attributes: "\(step.node.operation)", algorithm: step.routine.algorithm,
        shape: step.node.output.shape, value: region(step.node.output, offset: step.output), saved: nil,
        packedBytes: step.routine.packedCount * MemoryLayout<Float>.stride,
        scratch: .init(step.scratch, count: step.routine.sharedScratchCount, life: index + 1...index + 1),
        threadScratchBytes: step.routine.threadScratchCount * MemoryLayout<Float>.stride)
    }
    return PlanDescription(
      rows: [image] + rows, arenaBytes: memory.arenaBytes, instructionSet: KernelSet.best.name,
      convolution: convolution.name, runs: division.runs, imagesPerRun: graph.input.shape.batch)
  }
}

extension PlanDescription.Row {
  /// The row of the image.
  init(image shape: Shape, at region: PlanDescription.Region?) {
    self.init(
      name: "input", direction: nil, kind: nil, attributes: "", algorithm: nil, shape: shape, value: region,
      saved: nil, packedBytes: 0, scratch: nil, threadScratchBytes: 0)
  }
}

extension PlanDescription.Region {
  /// A value at an offset in floats, living for some steps, of which number 0 stands in row `firstRow`.
  init(_ offset: Int, _ layout: ActivationLayout, life: ClosedRange<Int>, firstRow: Int, inside: Int?) {
    let float = MemoryLayout<Float>.stride
    self.init(
      offset: offset * float, bytes: layout.pixels * layout.channels * float,
      pixelBytes: layout.channels * float, pixelStride: layout.pixelStride * float,
      life: life.lowerBound + firstRow...life.upperBound + firstRow, inside: inside)
  }

  /// Floats without gaps; `nil` if there are none.
  init?(_ offset: Int, count: Int, life rows: ClosedRange<Int>) {
    guard count > 0 else { return nil }
    let float = MemoryLayout<Float>.stride
    self.init(
      offset: offset * float, bytes: count * float, pixelBytes: count * float, pixelStride: count * float,
      life: rows, inside: nil)
  }
}

extension Placement {
  /// For each value, by id, the node in whose output it lies; those that have a storage of their own are not there.
  func hosts(in graph: Graph) -> [Int: Int] {
    var hosts: [Int: Int] = [:]
    for (index, node) in graph.nodes.enumerated() {
      for (input, isInPlace) in zip(node.inputs, inPlace(node)) where isInPlace { hosts[input.id] = index }
    }
    return hosts
  }
}
