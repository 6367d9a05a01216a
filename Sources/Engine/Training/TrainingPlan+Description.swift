import GraphIR
import Kernels
import TensorCore

extension TrainingPlan {
  /// The plan as a table: the forward pass, the loss, the backward pass.
  package var description: PlanDescription {
    let loss = steps.count
    let valueHosts = values.placement.hosts(in: graph)
    let gradientHosts = gradients.placement.hosts(in: graph)
    func value(_ value: Value, at offset: Int) -> PlanDescription.Region? {
      values.lifetimes.ofValues[value.id].map {
        .init(
          offset, values.placement.layout(of: value), life: $0, inside: valueHosts[value.id].map { $0 + 1 })
      }
    }
    func gradient(_ value: Value, at offset: Int) -> PlanDescription.Region? {
      gradients.lifetimes.ofValues[value.id].map {
        .init(
          offset, gradients.placement.layout(of: value), life: $0,
          inside: gradientHosts[value.id].map { 2 * loss - $0 + 1 })
      }
    }
    let image = PlanDescription.Row(
      0, "input", graph.input.shape, at: value(graph.input, at: input.offset)?.fromTheStart)
    let forward = steps.enumerated().map { index, step in
      let saved = step.routine.savedTensors.statisticsCount
      return row(
        step, .forward, moment: index, value: value(step.node.output, at: step.output),
        statistics: .init(
          step.statistics, count: saved, life: index...(step.learns ? 2 * loss - index : index)))
    }
    let backward = steps.enumerated().reversed().filter(\.element.learns).map { index, step in
      row(
        step, .backward, moment: 2 * loss - index,
        value: gradient(step.node.output, at: step.outputGradient), statistics: nil)
    }
    return PlanDescription(
      rows: [image] + forward + [.init(loss + 1, "loss", graph.output.shape, at: nil)] + backward,
      arenaBytes: memory.arenaBytes, instructionSet: KernelSet.best.name, convolution: convolution,
      precision: .float32,
      division: nil, imagesPerRun: graph.input.shape.batch)
  }

  private func row(
    _ step: Step, _ direction: Direction, moment: Int, value: PlanDescription.Region?,
    statistics: PlanDescription.Region?
  ) -> PlanDescription.Row {
    PlanDescription.Row(
      number: moment + 1, name: step.node.name, direction: direction, kind: step.node.operation.kind,
      attributes: "\(step.node.operation)", algorithm: step.routine.algorithm(direction),
      shape: step.node.output.shape, value: value,
      packedBytes: step.routine.packedCount(direction) * MemoryLayout<Float>.stride, statistics: statistics,
      scratch: .init(
        step.scratch[direction] ?? 0, count: step.routine.sharedScratchCount(direction),
        life: moment...moment),
      threadScratchBytes: step.routine.threadScratchCount(direction) * MemoryLayout<Float>.stride)
  }
}
