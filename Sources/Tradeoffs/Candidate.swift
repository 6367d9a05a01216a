import Engine
import GraphIR
import Session
import TensorCore
import Zoo

/// A network with the figures by which it is compared with others.
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
  /// Multiply-accumulates for one image.
  package let macs: Int
  /// Peak memory of inference for the batch, in bytes, as planned.
  package let memoryBytes: Int
  /// The same for the other batches that were asked for, by their sizes; those that are too large are missing.
  package let memoryBytesOfBatches: [Int: Int]
  /// The shortest measured time of a batch, in milliseconds; `nil` where it was not measured.
  package var milliseconds: Double?

  /// A candidate from its parts.
  package init(
    name: String, family: String, familyTitle: String, accuracy: PublishedAccuracy?, parameters: Int,
    macs: Int, memoryBytes: Int, memoryBytesOfBatches: [Int: Int] = [:], milliseconds: Double? = nil
  ) {
    self.name = name
    self.family = family
    self.familyTitle = familyTitle
    self.accuracy = accuracy
    self.parameters = parameters
    self.macs = macs
    self.memoryBytes = memoryBytes
    self.memoryBytesOfBatches = memoryBytesOfBatches
    self.milliseconds = milliseconds
  }

  /// The network of an entry.
  ///
  /// - Parameters:
  ///   - entry: The entry.
  ///   - family: Its family.
  ///   - batch: Images in a batch.
  ///   - threads: Threads that compute.
  ///   - batches: Other batches whose memory is planned.
  /// - Throws: ``SessionError`` for a `batch` that is too large.
  package init(
    _ entry: ModelEntry, of family: Family, batch: Int, threads: Int, batches: [Int] = []
  ) throws {
    let network = try Network(NetworkRequest(entry.name))
    let graph = try network.graph(batch: batch)
    let possible = batches.filter { (try? network.check(batch: $0)) != nil }
    let memory = Plan.memory(of: graph, batches: [batch] + possible).map { $0.peakBytes(threads: threads) }
    self.init(
      name: entry.name, family: family.name, familyTitle: family.about.title,
      accuracy: entry.accuracyAtOwnSize, parameters: entry.expect.parameters, macs: entry.expect.macs,
      memoryBytes: memory[0],
      memoryBytesOfBatches: Dictionary(uniqueKeysWithValues: zip(possible, memory.dropFirst())))
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
