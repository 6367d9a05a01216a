import Engine
import GraphIR
import Recipes
import Training

extension EngineNetwork {
  /// A network in training, with the plan that `train` makes.
  convenience init(_ graph: Graph, parameters: any ParameterSource, threads: Int) throws {
    try self.init(graph, plan: TrainingPlan(graph), parameters: parameters, threads: threads)
  }
}

extension TrainingStep {
  /// The step that a training run with these settings takes, without an average of the weights.
  convenience init(_ network: any TrainableNetwork, _ settings: TrainingSettings) {
    let runs = ParameterRun.runs(
      of: network.slots, weightDecay: settings.weightDecay, decaysVectors: settings.decaysVectors)
    self.init(
      network, settings, Optimizer(settings.optimizer, runs: runs, count: network.values.count), nil, runs)
  }
}
