import Engine

/// Work on a network that is ready to be timed.
package struct TimedWork {
  /// Images a run.
  let batch: Int
  /// Threads that work.
  let effectiveThreads: Int
  /// MACs of a run.
  let macs: Int
  /// Memory that was planned for it.
  let memory: MemoryStatement
  /// One run.
  let run: () -> Void
  /// Where each run notes the times of its layers, if that is wanted.
  let profile: Profile?
  /// Those times, compared with what the machine can do.
  let layers: (Profile, Roofline) -> [LayerTime]

  /// Work from its parts.
  package init(
    batch: Int, effectiveThreads: Int, macs: Int, memory: MemoryStatement, run: @escaping () -> Void,
    profile: Profile?, layers: @escaping (Profile, Roofline) -> [LayerTime]
  ) {
    self.batch = batch
    self.effectiveThreads = effectiveThreads
    self.macs = macs
    self.memory = memory
    self.run = run
    self.profile = profile
    self.layers = layers
  }
}
