/// Which part of some work is that of one process: parts lie one after the other and differ by at most one item.
package struct Share: Hashable, Sendable {
  /// The number of the process, from 0.
  package let rank: Int
  /// How many processes there are.
  package let processes: Int

  /// All of the work.
  package static let all = Share(rank: 0, processes: 1)

  /// A share from its parts.
  package init(rank: Int, processes: Int) {
    self.rank = rank
    self.processes = processes
  }

  /// The items of `count` that are this part.
  package func range(of count: Int) -> Range<Int> {
    func start(_ rank: Int) -> Int { rank * (count / processes) + min(rank, count % processes) }
    return start(rank)..<start(rank + 1)
  }

  /// The items of `count` that are this part, where only whole groups of `size` are divided: each group is
  /// what it would be in one process.
  package func range(of count: Int, inGroupsOf size: Int) -> Range<Int> {
    let groups = range(of: (count + size - 1) / size)
    return min(groups.lowerBound * size, count)..<min(groups.upperBound * size, count)
  }
}
