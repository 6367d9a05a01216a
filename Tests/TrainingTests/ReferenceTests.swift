import Foundation
import GraphIR
import Ops
import Recipes
import Support
import TensorCore
import Testing
import Training
import Weights

/// What PyTorch computed; recorded by `scripts/golden/optimizers.py`.
private struct Golden: Decodable {
  struct LossCase: Decodable {
    let smoothing: Float
    let loss: Double
    let gradient: [Float]
  }
  let sgd, sgd_momentum, sgd_nesterov, adamw, rmsprop, rmsprop_plain, rmsprop_tf, clipped: [Float]
  let step, multi_step, cosine, polynomial, one_cycle, warmup_cosine: [Double]
  let losses: [LossCase]
  let regression, regression_adamw: [Double]

  static func read() throws -> Golden { try Fixtures.json(Golden.self, "optimizers.json") }
}

private func floats(_ name: String) -> [Float] {
  let noise = FormulaNoise(name: name)
  return (0..<64).map { noise[$0] }
}

/// Does all pieces from the last to the first: their order must not matter.
private func backwards(_ count: Int, _ work: (Int) -> Void) {
  for piece in (0..<count).reversed() { work(piece) }
}

@Suite struct ReferenceTests {
  /// Ten steps in single precision; another order of operations costs a few units in the last place.
  @Test(
    arguments: [
      "sgd", "sgd_momentum", "sgd_nesterov", "adamw", "rmsprop", "rmsprop_plain", "rmsprop_tf", "clipped",
    ])
  func optimizersMatchPyTorch(name: String) throws {
    let golden = try Golden.read()
    let (kind, rate, decay, expected): (OptimizerKind, Float, Float, [Float]) =
      switch name {
      case "sgd": (.sgd(momentum: 0, nesterov: false), 0.1, 0, golden.sgd)
      case "sgd_momentum": (.sgd(momentum: 0.9, nesterov: false), 0.1, 0.01, golden.sgd_momentum)
      case "sgd_nesterov": (.sgd(momentum: 0.9, nesterov: true), 0.1, 0.01, golden.sgd_nesterov)
      case "adamw": (.adamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-8), 0.01, 0.05, golden.adamw)
      case "rmsprop":
        (.rmsProp(.torch, alpha: 0.9, epsilon: 0.0316, momentum: 0.9), 0.01, 0.01, golden.rmsprop)
      case "rmsprop_plain":
        (.rmsProp(.torch, alpha: 0.99, epsilon: 1e-8, momentum: 0), 0.01, 0, golden.rmsprop_plain)
      case "rmsprop_tf":
        (.rmsProp(.tensorFlow, alpha: 0.9, epsilon: 0.001, momentum: 0.9), 0.01, 0.01, golden.rmsprop_tf)
      default: (.sgd(momentum: 0, nesterov: false), 0.1, 0, golden.clipped)
      }
    let runs = [
      ParameterRun(offset: 0, count: 40, weightDecay: decay),
      ParameterRun(offset: 40, count: 24, weightDecay: decay),
    ]
    let optimizer = Optimizer(kind, runs: runs, count: 64)
    var values = floats("values")
    for step in 0..<10 {
      var gradients = floats("gradient.\(step)")
      if name == "clipped" { _ = GradientNorm.clip(&gradients, runs, to: 0.5) }
      optimizer.step(&values, gradients, learningRate: rate, share: backwards)
    }
    for (found, expected) in zip(values, expected) { #expect(abs(found - expected) < 1e-6) }
  }

  @Test func schedulesMatchPyTorch() throws {
    let golden = try Golden.read()
    // One step per epoch, as in the reference.
    func check(_ rate: LearningRate, _ expected: [Double], epochs: Int) {
      for (step, value) in expected.enumerated() {
        let found = rate.rate(step: step, stepsPerEpoch: 1, epochs: epochs)
        #expect(abs(found - value) < 1e-9, "\(rate.schedule), step \(step)")
      }
    }
    check(LearningRate(base: 0.1, schedule: .step(epochs: 3, factor: 0.5)), golden.step, epochs: 12)
    check(
      LearningRate(base: 0.1, schedule: .multiStep(epochs: [4, 8], factor: 0.1)), golden.multi_step,
      epochs: 12)
    check(LearningRate(base: 0.1, schedule: .cosine(floor: 0.001)), golden.cosine, epochs: 12)
    check(LearningRate(base: 0.1, schedule: .polynomial(power: 2)), golden.polynomial, epochs: 12)
    check(
      LearningRate(base: 0.1, schedule: .oneCycle(rise: 0.3, start: 25, end: 1e4)), golden.one_cycle,
      epochs: 20)
    check(
      LearningRate(base: 0.1, schedule: .cosine(floor: 0), warmupEpochs: 4, warmupStart: 0.01),
      golden.warmup_cosine, epochs: 12)
  }

  /// A rise of a single step, or of less than one, has no width.
  @Test(arguments: [(0.2, 5), (0.25, 4), (0.1, 4), (0.5, 2), (0.5, 1), (0.9, 1)])
  func everyRateOfOneCycleIsFinite(rise: Double, steps: Int) {
    let rate = LearningRate(base: 0.1, schedule: .oneCycle(rise: rise, start: 10, end: 100))
    let rates = (0..<steps).map { rate.rate(step: $0, stepsPerEpoch: 1, epochs: steps) }
    #expect(rates.allSatisfy { 0 < $0 && $0 <= 0.1 }, "\(rates)")
  }

  /// The text of a schedule reads back as the schedule.
  @Test(arguments: [
    "constant", "step:30,0.1", "multi-step:82,123,0.1", "cosine:0.001", "poly:1.0",
    "one-cycle:0.25,10.0,1000.0",
  ])
  func scheduleReadsWhatItPrints(text: String) throws {
    #expect("\(try Schedule(parsing: text))" == text)
  }

  @Test(arguments: ["", "cosine:-1", "poly:0", "poly:x", "poly:1,2", "step:0,1", "multi-step:3", "linear"])
  func scheduleRefusesWhatMeansNothing(text: String) {
    #expect(throws: RecipeError.self) { try Schedule(parsing: text) }
  }

  @Test func crossEntropyAndItsGradientMatchPyTorch() throws {
    for golden in try Golden.read().losses {
      let logits = floats("logits").map { $0 * 4 }
      var gradient = [Float](repeating: 0, count: 64)
      let sum = Loss.crossEntropy(smoothing: golden.smoothing).evaluate(
        logits, targets: (0..<8).map { Target((3 * $0 + 1) % 8) }, classes: 8, gradient: &gradient)
      #expect(abs(sum / 8 - golden.loss) < 1e-6)
      for (found, expected) in zip(gradient, golden.gradient) { #expect(abs(found - expected) < 1e-7) }
    }
  }

  /// Softmax regression without a bias, through the step that `train` uses.
  @Test(arguments: [true, false])
  func tenStepsOfRegressionMatchPyTorch(isSGD: Bool) throws {
    let graph = try Graph.build(input: [4, 16, 1, 1]) { (x, net) throws(GraphError) in
      try net.linear("fc", net.flatten(x), to: 4, bias: false)
    }
    var weights = StateDict()
    weights.set("fc.weight", shape: [4, 16], floats("values"))
    let network = try EngineNetwork(graph, parameters: weights, threads: 1)
    var settings = TrainingSettings()
    settings.optimizer =
      isSGD ? .sgd(momentum: 0.9, nesterov: true) : .adamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
    settings.weightDecay = isSGD ? 0 : 0.01
    settings.loss = .crossEntropy(smoothing: isSGD ? 0.1 : 0)
    let step = TrainingStep(network, settings)
    let (inputs, targets) = (floats("inputs"), [2, 0, 3, 1].map { Target($0) })
    let golden = try Golden.read()
    for expected in isSGD ? golden.regression : golden.regression_adamw {
      let result = try #require(step.run(inputs, targets, rate: isSGD ? 0.5 : 0.05, seed: 0))
      #expect(abs(result.lossSum / 4 - expected) < 1e-5)
    }
  }
}

@Suite struct LossTests {
  /// Central differences of the loss along each logit.
  @Test(arguments: [Loss.crossEntropy(smoothing: 0.1), .radialBasis(competition: 2)])
  func gradientIsTheSlopeOfTheLoss(loss: Loss) {
    let logits = floats("slope").prefix(10).map { $0 * 3 }
    let target = [Target(3, other: 1, share: 0.7), Target(0)]
    var gradient = [Float](repeating: 0, count: 10)
    var ignored = gradient
    _ = loss.evaluate(logits, targets: target, classes: 5, scale: 0.3, gradient: &gradient)
    for k in logits.indices {
      let values = [Float(-0.01), 0.01].map { step in
        var moved = logits
        moved[k] += step
        return loss.evaluate(moved, targets: target, classes: 5, gradient: &ignored) / 2 * 0.3
      }
      #expect(abs(Double(gradient[k]) - (values[1] - values[0]) / 0.02) < 1e-4)
    }
  }

  /// Equation 9, written out for one sample.
  @Test func radialBasisIsEquationNine() {
    let penalties = [4.0, 1.5, 9.0]
    let expected = 1.5 + log(exp(-2.0) + penalties.reduce(0) { $0 + exp(-$1) })
    var gradient = [Float](repeating: 0, count: 3)
    let found = Loss.radialBasis(competition: 2).evaluate(
      penalties.map { Float(-$0) }, targets: [Target(1)], classes: 3, gradient: &gradient)
    #expect(abs(found - expected) < 1e-6)
  }

  @Test func hugeLogitsDoNotOverflow() {
    var gradient = [Float](repeating: 0, count: 2)
    let loss = Loss.crossEntropy(smoothing: 0).evaluate(
      [3e38, -3e38], targets: [Target(0)], classes: 2, gradient: &gradient)
    #expect(loss == 0)
    #expect(gradient == [0, 0])
  }
}
