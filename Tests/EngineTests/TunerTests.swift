import Engine
import GraphIR
import Ops
import Support
import TensorCore
import Testing

/// Measured selection of algorithms.
@Suite struct TunerTests {
  private static func tuned(_ graph: Graph, threads: Int) throws -> (AlgorithmChoices, [Tuner.Result]) {
    var choices = AlgorithmChoices()
    var results: [Tuner.Result] = []
    try Tuner().measure(Plan(graph, choices: choices), choices: &choices, threads: threads) {
      results.append($0)
      return true
    }
    return (choices, results)
  }

  private static func logits(_ graph: Graph, _ choices: AlgorithmChoices?, threads: Int) throws -> [Float] {
    let executor = try Executor(
      Plan(graph, choices: choices), parameters: NoiseParameters(), threads: threads)
    var generator = Generator("images")
    let input = generator.floats(graph.input.shape.count)
    var logits = [Float](repeating: .nan, count: graph.output.shape.count)
    logits.withUnsafeMutableBufferPointer { buffer in
      if let pointer = buffer.baseAddress { executor.run(input, into: pointer) }
    }
    return logits
  }

  @Test func everyProblemIsMeasuredOnce() throws {
    let graph = try PlanTests.network()
    let (choices, results) = try TunerTests.tuned(graph, threads: 1)
    let problems = Plan(graph, choices: choices).steps.compactMap(\.problem?.text)
    #expect(Set(results.map(\.problem)) == Set(problems))
    #expect(results.count == Set(problems).count)
    for result in results {
      #expect(result.candidates.contains { $0.algorithm == result.winner })
      #expect(result.candidates.allSatisfy { $0.milliseconds > 0 && $0.milliseconds.isFinite })
      #expect(choices[result.problem] == result.winner)
    }
    var again = choices
    try Tuner().measure(Plan(graph, choices: choices), choices: &again, threads: 1) { _ in
      Issue.record("measured although it was known")
      return true
    }
    #expect(again == choices)
  }

  @Test func equalLayersAreOneProblem() throws {
    let graph = try Graph.build(input: [1, 16, 9, 9]) { (image, net) throws(GraphError) in
      var x = image
      for layer in 0..<3 { x = try net[layer].conv("conv", x, to: 16, kernel: 3, padding: 1) }
      return try net.linear("fc", net.flatten(x), to: 2)
    }
    let (choices, results) = try TunerTests.tuned(graph, threads: 1)
    #expect(results.count == 1)
    #expect(Plan(graph, choices: choices).steps.compactMap(\.problem).count == 3)
  }

  /// A convolution that normalizes its input is another problem than a plain one of the same sizes.
  @Test func fusedNormsMakeProblemsOfTheirOwn() throws {
    let graph = try PlanTests.network()
    func problems(without disabled: Set<String>) -> Set<String> {
      Set(Plan(graph, disabled: disabled, choices: AlgorithmChoices()).steps.compactMap(\.problem?.text))
    }
    #expect(!problems(without: []).isSubset(of: problems(without: [Pass.fuseInputNorm.name])))
  }

  @Test func measuringStopsWhenItIsTold() throws {
    var choices = AlgorithmChoices()
    try Tuner().measure(Plan(try PlanTests.network(), choices: choices), choices: &choices, threads: 1) { _ in
      false
    }
    #expect(choices.byProblem.count == 1)
  }

  /// Every candidate of every problem can be selected, computes the same, and gives the same bits for any number of
  /// threads.
  @Test func everyChoiceComputesTheSame() throws {
    let graph = try PlanTests.network(size: 61)
    let (_, results) = try TunerTests.tuned(graph, threads: 2)
    let expected = try TunerTests.logits(graph, nil, threads: 1)
    let most = results.map(\.candidates.count).max() ?? 0
    #expect(most == 5)
    // The forms of an algorithm have names of their own.
    let names = [
      "im2col": ["im2col", "sgemm", "normalizing_sgemm"],
      "implicit_gemm": ["implicit_gemm", "normalizing_gemm"],
    ]
    for index in 0..<most {
      var choices = AlgorithmChoices()
      for result in results {
        choices[result.problem] = result.candidates[index % result.candidates.count].algorithm
      }
      for step in Plan(graph, choices: choices).steps {
        guard let problem = step.problem, let choice = choices[problem.text] else { continue }
        #expect(names[choice, default: [choice]].contains(step.routine.algorithm))
      }
      let single = try TunerTests.logits(graph, choices, threads: 1)
      let comparison = Comparison(single, expected)
      #expect(comparison.error < 2e-6, "choice \(index): \(comparison)")
      #expect(try TunerTests.logits(graph, choices, threads: 3) == single)
    }
  }

  /// A stored choice that does not exist is ignored.
  @Test func unknownAlgorithmsAreNotTaken() throws {
    let graph = try PlanTests.network()
    var choices = AlgorithmChoices()
    let plain = Plan(graph, choices: choices)
    for problem in plain.steps.compactMap(\.problem?.text) { choices[problem] = "fft" }
    #expect(
      Plan(graph, choices: choices).steps.map(\.routine.algorithm) == plain.steps.map(\.routine.algorithm))
  }

  @Test func plainPlansHaveNoProblems() throws {
    #expect(Plan(try PlanTests.network()).steps.allSatisfy { $0.problem == nil })
  }
}

@Suite struct ContestTests {
  /// The duration of a candidate: `best`, or more because of noise.
  private static func noisy(_ best: Double, _ generator: inout Generator) -> Double {
    best * generator.pick([1, 1, 1, 1.3, 2, 4])
  }

  @Test func theFastestWinsInSpiteOfNoise() {
    var generator = Generator("contest")
    for _ in 0..<50 {
      let (winner, seconds) = Contest().run(candidates: 3) {
        ContestTests.noisy([1e-3, 0.8e-3, 0.9e-3][$0], &generator)
      }
      #expect(winner == 1)
      #expect(seconds[1] == 0.8e-3)
    }
  }

  /// A lead of 2 % does not replace the first candidate.
  @Test func theFirstStaysUnlessClearlyBeaten() {
    #expect(Contest().run(candidates: 2) { [1, 0.98][$0] }.winner == 0)
    #expect(Contest().run(candidates: 2) { [1, 0.96][$0] }.winner == 1)
  }

  @Test func hopelessCandidatesLeaveEarly() {
    var turns = [0, 0, 0]
    _ = Contest().run(candidates: 3) { candidate in
      turns[candidate] += 1
      return [1.0 / 1024, 1.9 / 1024, 2.1 / 1024][candidate]
    }
    #expect(turns == [21, 21, 4])
  }

  @Test func slowProblemsGetTheFewestTurns() {
    var turns = 0
    _ = Contest().run(candidates: 1) { _ in
      turns += 1
      return 1
    }
    #expect(turns == 6)
  }
}
