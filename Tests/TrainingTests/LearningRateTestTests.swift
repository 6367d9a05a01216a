import Foundation
import Recipes
import Support
import Testing
import Training

@Suite struct LearningRateTestTests {
  private static let range = LearningRateTest.Range(low: 1e-4, high: 1e4, steps: 81)

  @Test func ratesGrowByAFactorUntilTheLossDiverges() throws {
    let network = ToyNetwork(batch: 8, inputs: 9, classes: 2)
    let parts = try RunTests.parts(network, RunTests.settings())
    let test = try #require(try LearningRateTest.run(parts, Self.range))
    #expect(test.points.count < 81 && test.divergedAt != nil)
    for (index, point) in test.points.enumerated() {
      #expect(abs(log10(point.rate) - (-4 + 0.1 * Double(index))) < 1e-9)
    }
    // Smoothing by the definition: a mean with weights of powers of 0.98.
    let losses = test.points.map(\.loss)
    for index in losses.indices {
      let weights = (0...index).map { pow(0.98, Double(index - $0)) }
      let mean = zip(weights, losses).reduce(0) { $0 + $1.0 * $1.1 } / weights.reduce(0, +)
      #expect(abs(mean - test.points[index].smoothedLoss) < 1e-9 * max(mean, 1))
    }
    if let suggestion = test.suggestion { #expect(1e-4 < suggestion && suggestion < test.divergedAt ?? 0) }
    // The same steps again.
    let again = try LearningRateTest.run(
      try RunTests.parts(ToyNetwork(batch: 8, inputs: 9, classes: 2), RunTests.settings(), workers: 3),
      Self.range)
    #expect(again?.points == test.points)
  }

  /// A fall that is steepest at 1e-3, with its least value at 1e-1.
  @Test func suggestsWhereTheLossFallsFastest() throws {
    let points = (0..<51).map { index in
      let place = -5 + 0.1 * Double(index)
      let loss = place < -1 ? 2 - tanh(place + 3) : 1.04 + (place + 1) * (place + 1)
      return LearningRateTest.Point(rate: pow(10, place), loss: loss, smoothedLoss: loss)
    }
    let test = LearningRateTest(points: points, divergedAt: nil)
    let (steepest, tenth) = (try #require(test.steepest), try #require(test.tenthOfLowest))
    #expect(abs(log10(steepest) + 3) < 0.11 && abs(log10(tenth) + 2) < 0.11)
    #expect(test.suggestion == steepest)
    let rising = points.indices.map {
      LearningRateTest.Point(rate: points[$0].rate, loss: Double($0), smoothedLoss: Double($0))
    }
    #expect(LearningRateTest(points: rising, divergedAt: nil).suggestion == nil)
  }

  @Test func endsWhenItIsAskedTo() throws {
    var parts = try RunTests.parts(ToyNetwork(batch: 8, inputs: 9, classes: 2), RunTests.settings())
    var asked = 0
    parts.stopSignal = {
      asked += 1
      return asked > 5 ? 2 : nil
    }
    #expect(try LearningRateTest.run(parts, Self.range) == nil)
    #expect(asked == 6)
  }
}
