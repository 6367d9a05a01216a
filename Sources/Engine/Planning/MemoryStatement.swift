/// Memory by what it is for, known before it is taken.
package struct MemoryStatement: Hashable, Sendable {
  /// One purpose.
  package struct Part: Hashable, Sendable {
    /// What the memory is for: `packed weights`.
    package let name: String
    /// Bytes.
    package let bytes: Int
  }

  /// The purposes, in the order in which they were stated.
  package private(set) var parts: [Part] = []

  /// A statement of nothing.
  package init() {}

  /// States that `bytes` are taken for `name`.
  package mutating func add(_ name: String, _ bytes: Int) { parts.append(Part(name: name, bytes: bytes)) }

  /// Bytes of everything.
  package var total: Int { parts.reduce(0) { $0 + $1.bytes } }
}

extension PlannedMemory {
  /// What an executor takes if this many threads may work.
  package func statement(threads: Int) -> MemoryStatement {
    let working = division.threads(requested: threads)
    var statement = MemoryStatement()
    statement.add("arena", division.arenas(threads: working) * arenaBytes)
    statement.add("weights", weightBytes)
    statement.add("scratch", working * threadScratchBytes)
    return statement
  }
}

extension TrainingMemoryPlan {
  /// What an executor with this many threads takes; an optimizer's own state comes on top.
  package func statement(threads: Int) -> MemoryStatement {
    var statement = MemoryStatement()
    statement.add("arena", arenaBytes)
    statement.add("weights", weightBytes)
    statement.add("gradients", gradientBytes)
    statement.add("packed weights", packedBytes)
    statement.add("logits", logitBytes)
    statement.add("scratch", threads * threadScratchBytes)
    return statement
  }
}
