import Files
import Weights
import Zoo

/// How it is known what weights expect of their inputs.
package enum WeightProvenance: String, Sendable {
  /// They come from a formula and expect nothing.
  case formula
  /// `cnnzoo train` wrote it into the file.
  case description
  /// The file has the name of a published one, or is a link to a file with such a name.
  case name
  /// The file has the bytes of a published one.
  case content
  /// The file was converted from a published one, which its metadata names.
  case metadata
  /// Nothing tells; the network's first published weights are assumed.
  case unknown

  /// Whether the weights are known to be published ones.
  package var isPublished: Bool { self == .name || self == .content || self == .metadata }
}

extension PublishedWeights {
  /// Key in the metadata of a converted file; the value is the name of the published file.
  package static let metadataKey = "published_weights"

  /// Which of `candidates` a file is, and how that is known; `nil` for any other file.
  ///
  /// Throws ``CheckpointError`` if the file cannot be read.
  package static func recognize(
    _ checkpoint: Checkpoint, among candidates: [PublishedWeights]
  ) throws(CheckpointError) -> (PublishedWeights, WeightProvenance)? {
    if let name = checkpoint.metadata.first(where: { $0.key == metadataKey })?.value,
      let found = candidates.first(where: { $0.file == name })
    {
      return (found, .metadata)
    }
    let names = [checkpoint.path, FilePath.canonical(checkpoint.path)].compactMap {
      $0?.split(separator: "/").last
    }
    if let found = candidates.first(where: { names.contains(Substring($0.storedName)) })
      ?? candidates.first(where: { names.contains(Substring($0.file)) })
    {
      return (found, .name)
    }
    let possible = candidates.filter { $0.mayHave(size: checkpoint.size) }
    if possible.isEmpty { return nil }
    do throws(FileError) {
      let digest = try RegularFile(path: checkpoint.path).sha256()
      return possible.first { digest.hasPrefix($0.hashPrefix ?? digest + ".") }.map { ($0, .content) }
    } catch { throw .file(error) }
  }

  /// The name of the published file that `checkpoint` is, of any network of `registry`; `nil` if it is none.
  ///
  /// Throws ``CheckpointError`` if the file cannot be read.
  package static func name(
    of checkpoint: Checkpoint, in registry: Registry = .current
  ) throws(CheckpointError) -> String? {
    try recognize(checkpoint, among: registry.all.flatMap(\.weights))?.0.file
  }

  /// Whether the file may have this size in bytes: reading a large file takes as long as a prediction, so it is done for
  /// likely ones only.
  private func mayHave(size: Int) -> Bool {
    guard hashPrefix != nil, let mebibytes else { return false }
    // Published sizes are rounded to thousandths.
    return abs(Double(size) / 0x1p20 - mebibytes) <= 0.001
  }
}
