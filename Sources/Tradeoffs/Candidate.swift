import Engine
import GraphIR
import Session
import TensorCore
import Zoo

/// A network with what decides between it and others.
package struct Candidate: Hashable, Sendable {
  /// Name of the registry entry.
  package let name: String
  /// Name of its family.
  package let family: String
  /// Title of its family, as the field writes it.
  package let familyTitle: String
  /// Published top-1 accuracy on ImageNet at the input size that is measured, and who published it; `nil` where there is none.
  package let accuracy: PublishedAccuracy?
  /// Trainable values.
  package let parameters: Int
  /// Multiply-accumulates of an image.
  package let macs: Int
  /// Bytes that inference takes for the batch, as they are planned.
  package let memoryBytes: Int
  /// Time of a batch in milliseconds, the least that was measured; `nil` where nothing was measured.
  package var milliseconds: Double?

  /// A candidate from its parts.
  package init(
    name: String, family: String, familyTitle: String, accuracy: PublishedAccuracy?, parameters: Int,
    macs: Int,
    memoryBytes: Int, milliseconds: Double? = nil
  ) {
    self.name = name
    self.family = family
    self.familyTitle = familyTitle
    self.accuracy = accuracy
    self.parameters = parameters
    self.macs = macs
    self.memoryBytes = memoryBytes
    self.milliseconds = milliseconds
  }

  /// The network of an entry, for a batch and a number of threads.
  ///
  /// Throws ``SessionError`` for a batch that is too large.
  package init(_ entry: ModelEntry, of family: Family, batch: Int, threads: Int) throws {
    let graph = try Network(NetworkRequest(entry.name)).graph(batch: batch)
    self.init(
      name: entry.name, family: family.name, familyTitle: family.about.title,
      accuracy: entry.accuracyAtOwnSize,
      parameters: entry.expect.parameters, macs: entry.expect.macs,
      memoryBytes: Plan(graph).memory.peakBytes(threads: threads))
  }

  /// Percent of top-1 accuracy for each million parameters.
  package var accuracyPerMegaparameter: Double? {
    accuracy.map { $0.percent / (Double(parameters) / 1e6) }
  }
}

extension ModelEntry {
  /// The best published top-1 accuracy on ImageNet of this network at its own input size.
  ///
  /// Weights that were measured on larger images are left out: they take longer than what is measured here.
  package var accuracyAtOwnSize: PublishedAccuracy? {
    let known = accuracy + weights.filter { $0.image == input.shape }.flatMap(\.accuracy)
    return known.filter { $0.metric == "ImageNet top-1" }.max { $0.percent < $1.percent }
  }
}
