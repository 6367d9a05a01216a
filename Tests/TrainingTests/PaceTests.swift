import Testing
import Training

/// Which process is said to be slow.
@Suite struct PaceTests {
  /// What is said after so many steps of so many seconds each.
  private func said(_ seconds: [Double], steps: Int) -> [String] {
    var pace = Pace()
    return (0..<steps).compactMap { _ in pace.slowest(after: seconds) { "host \($0)" } }
  }

  @Test func namesASlowProcessOnce() {
    let said = said([1, 1, 2, 1.2], steps: 100)
    #expect(
      said == ["host 2 is slow: 2000.0 ms a step, where the median is 1000.0 ms; all others wait for it"])
  }

  @Test func ofTwoTheFasterIsTheMeasure() { #expect(said([2, 1], steps: 100).count == 1) }

  @Test func saysNothingOfSmallDifferencesOrShortTimes() {
    #expect(said([1.4, 1, 1], steps: 100) == [])
    #expect(said([0.02, 0.01], steps: 100) == [])
    #expect(said([2, 1], steps: 19) == [])
    #expect(said([5], steps: 100) == [])
  }
}
