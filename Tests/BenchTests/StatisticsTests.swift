import Bench
import Testing

@Suite struct StatisticsTests {
  @Test func ofKnownSamples() {
    let statistics = Statistics([5, 1, 4, 2, 3, 10, 9, 8, 7, 6])
    #expect(statistics.minimum == 1)
    #expect(statistics.maximum == 10)
    #expect(statistics.median == 5.5)
    #expect(statistics.percentile(90) == 9)
    #expect(statistics.percentile(99) == 10)
  }

  @Test func singleSample() {
    let statistics = Statistics([3])
    #expect(statistics.median == 3 && statistics.percentile(90) == 3 && statistics.spread == 0)
    #expect(statistics.warning == nil)
  }

  @Test func noiseIsCalledNoise() {
    #expect(Statistics([1, 1.5, 0.8, 1.3, 1.2, 0.7]).warning != nil)
    #expect(Statistics([1, 1.001, 1.002, 0.999, 1]).warning == nil)
  }

  @Test func samplingStopsWhenBothLimitsAreMet() {
    var time = 0.0
    let rule = SamplingRule(warmUpRuns: 2, minimumRuns: 3, minimumSeconds: 1)
    var runs = 0
    let samples = rule.sample(clock: { time }) {
      time += 0.3
      runs += 1
    }
    #expect(samples.count == 4)
    #expect(runs == 6)
    #expect(samples.allSatisfy { abs($0 - 0.3) < 1e-9 })
  }
}
