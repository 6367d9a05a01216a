/// Finds the fastest of several candidates in spite of noise.
///
/// The candidates take turns, so that a disturbance hits all of them, and the shortest time of each counts:
/// nothing makes a computation faster than it is. Those that are far behind leave early.
package struct Contest: Sendable {
  /// Fewest turns of a candidate that stays to the end.
  var minimumRounds = 6
  /// Most turns.
  var maximumRounds = 40
  /// Turns go on until the best candidate has had this many seconds, or the most turns.
  var secondsOfBest = 0.02
  /// After so many turns candidates may leave: one or two can be disturbed, four are seldom.
  var trialRounds = 4
  /// Those leave whose best time is this many times the best of all.
  var hopeless = 2.0
  /// The first candidate is replaced only by one that needs less than this share of its time.
  var replacing = 0.97

  /// The contest that tuning holds.
  package init() {}

  /// Lets the candidates run.
  ///
  /// - Parameters:
  ///   - candidates: how many there are, at least 1; the first is the one to beat.
  ///   - measure: runs one of them once and returns its seconds.
  /// - Returns: the index of the winner, and the shortest time of each candidate in seconds.
  package func run(candidates: Int, measure: (_ candidate: Int) -> Double) -> (winner: Int, seconds: [Double])
  {
    var seconds = [Double](repeating: .infinity, count: candidates)
    var running = Array(0..<candidates)
    var best: Double { seconds.min() ?? .infinity }
    var round = 0
    while round < minimumRounds || (round < maximumRounds && best * Double(round) < secondsOfBest) {
      for candidate in running { seconds[candidate] = min(seconds[candidate], measure(candidate)) }
      round += 1
      if round == trialRounds { running.removeAll { seconds[$0] > hopeless * best } }
    }
    let fastest = seconds.indices.min { seconds[$0] < seconds[$1] } ?? 0
    return (seconds[fastest] < replacing * seconds[0] ? fastest : 0, seconds)
  }
}
