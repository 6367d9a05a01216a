import GraphIR
import Kernels
import TensorCore

extension Plan {
  /// The plan as a table.
  package var description: PlanDescription {
    let hosts = placement.hosts(in: graph)
    func region(_ value: Value, at offset: Int) -> PlanDescription.Region? {
      lifetimes.ofValues[value.id].map {
        .init(offset, placement.layout(of: value), life: $0, inside: hosts[value.id].map { $0 + 1 })
      }
    }
    let image = PlanDescription.Row(
      0, "input", graph.input.shape, at: region(graph.input, at: input.offset)?.fromTheStart)
    let rows = steps.enumerated().map { index, step in
      PlanDescription.Row(
        number: index + 1, name: step.node.name, direction: nil, kind: step.node.operation.kind,
        attributes: "\(step.node.operation)", algorithm: step.routine.algorithm,
        shape: step.node.output.shape, value: region(step.node.output, at: step.output),
        packedBytes: step.routine.packedCount * MemoryLayout<Float>.stride, statistics: nil,
        scratch: .init(step.scratch, count: step.routine.sharedScratchCount, life: index...index),
        threadScratchBytes: step.routine.threadScratchCount * MemoryLayout<Float>.stride)
    }
    return PlanDescription(
      rows: [image] + rows, arenaBytes: memory.arenaBytes, instructionSet: KernelSet.best.name,
      convolution: convolution, precision: precision, division: division,
      imagesPerRun: graph.input.shape.batch)
  }
}
