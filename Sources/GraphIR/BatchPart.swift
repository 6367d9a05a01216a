import TensorCore

/// The part of a batch that a process trains on, where other processes have the rest.
package struct BatchPart: Hashable, Sendable {
  /// Images of the batch in front of this part: noise is drawn by an image's place in the whole batch.
  package var firstImage = 0
  /// Over which processes batch norms take their statistics, and which of them this is.
  package var norms = Share.all

  /// A whole batch.
  package init() {}
}

/// What a phase of a pass leaves in the shared scratch for the other processes.
///
/// There is a block for each process, one after the other; those of the others are filled in before the next phase.
package struct BlockExchange: Hashable, Sendable {
  /// Floats from the start of the shared scratch to the first block.
  package let offset: Int
  /// Bytes of a block.
  package let bytes: Int
  /// Whose blocks they are, and which is that of this process.
  package let processes: Share

  /// An exchange from its parts.
  package init(offset: Int, bytes: Int, processes: Share) {
    self.offset = offset
    self.bytes = bytes
    self.processes = processes
  }
}
