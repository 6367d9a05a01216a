/// How the work on a batch is cut into runs of a plan, and how threads share them.
///
/// What one image leaves in a core's cache is still there when the next layer wants it, and threads with an image
/// each never wait for each other; but the weights are read for each image again.
package struct Division: Hashable, Sendable {
  /// How often the plan is run for a batch: once, or once for each image.
  package let runs: Int
  /// Whether threads may share the layers of one run; where layers are done before another thread has been of use, a
  /// run is one thread's.
  package let sharesLayers: Bool

  /// A division from its parts.
  package init(runs: Int, sharesLayers: Bool) {
    self.runs = runs
    self.sharesLayers = sharesLayers
  }

  /// Threads that find work, if `requested` may.
  package func threads(requested: Int) -> Int {
    max(sharesLayers ? requested : min(requested, runs), 1)
  }

  /// Runs that are done by one thread each, where `threads` work: as many as give all of them the same.
  package func soloRuns(threads: Int) -> Int { sharesLayers ? runs / threads * threads : runs }

  /// The threads of the teams that share the remaining runs, one run a team.
  package func teams(threads: Int) -> [Range<Int>] {
    let count = runs - soloRuns(threads: threads)
    return (0..<count).map { threads * $0 / count..<threads * ($0 + 1) / count }
  }

  /// Runs that may be under way at the same time, each with an arena of its own, where `threads` work.
  package func arenas(threads: Int) -> Int { min(runs, threads) }

  /// Threads that work on most layers together, if `requested` may.
  package func threadsOnLayer(requested: Int) -> Int {
    let threads = threads(requested: requested)
    return teams(threads: threads).first.map { soloRuns(threads: threads) > 0 ? 1 : $0.count } ?? 1
  }
}
