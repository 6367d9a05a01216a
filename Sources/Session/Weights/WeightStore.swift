import Files
import Glibc
import Weights
import Zoo

/// The folder in which commands find weights by the name of a network, and into which `cnnzoo pull` puts them:
/// `$CNNZOO_HOME`, default `~/.cache/cnnzoo`.
package struct WeightStore: Sendable {
  /// A weight file in the store.
  package struct StoredFile: Sendable {
    /// Its name.
    package let name: String
    /// Its path.
    package let path: String
    /// Its size.
    package let bytes: Int
    /// Whether it is still being downloaded, or its download was interrupted.
    package let isPartial: Bool
    /// The networks that it is for.
    package let networks: [String]
    /// The published weights that its name claims; `nil` for somebody's own.
    package let published: PublishedWeights?
  }

  /// Why the store cannot do what it is asked for.
  package enum Failure: Error, Hashable, Sendable {
    /// The environment names no folder.
    case noFolder
    /// No weights are published for this network; it may have embedded ones.
    case unpublished(network: String, isEmbedded: Bool)
    /// A file that is published only as a part of something larger.
    case noAddress(file: String)
    /// Nothing in the store has this name, or belongs to this network.
    case notStored(name: String, folder: String)
    /// A file with other bytes than its name says.
    case damaged(path: String, found: String, expected: String)
    /// A file that could not be removed.
    case cannotRemove(path: String, errno: Int32)
  }

  /// The folder.
  package let folder: String
  private let registry: Registry

  /// The store that the environment names, for the networks of `registry`.
  package init(
    registry: Registry = .current, environment: (_ name: String) -> String? = CacheFolder.systemEnvironment
  ) throws(Failure) {
    guard let folder = CacheFolder.path(environment: environment) else { throw .noFolder }
    self.folder = folder
    self.registry = registry
  }

  /// Where the file of published weights lies, or will.
  package func path(_ weights: PublishedWeights) -> String { "\(folder)/\(weights.storedName)" }

  /// The weight files in the store, by name; none if the folder does not exist.
  ///
  /// Throws ``FileError``.
  package func files() throws(FileError) -> [StoredFile] {
    guard unsafe access(folder, F_OK) == 0 else { return [] }
    var files: [StoredFile] = []
    for entry in try FolderContents(of: FilePath(folder)).entries where !entry.isFolder {
      let name = String(decoding: entry.name, as: UTF8.self)
      let isPartial = name.hasSuffix(AtomicFile.partialSuffix)
      let whole = isPartial ? String(name.dropLast(AtomicFile.partialSuffix.count)) : name
      let published = registry.all.flatMap(\.weights).first { $0.storedName == whole }
      let networks = registry.all.filter { entry in
        entry.weights.contains { $0.storedName == whole }
          || WeightFinder.extensions.contains { "\(entry.name).\($0)" == whole }
      }
      var status = stat()
      let path = "\(folder)/\(name)"
      guard !networks.isEmpty, unsafe stat(path, &status) == 0 else { continue }
      files.append(
        StoredFile(
          name: name, path: path, bytes: Int(status.st_size), isPartial: isPartial,
          networks: networks.map(\.name), published: published))
    }
    return files.sorted { $0.name < $1.name }
  }

  /// The files in the store that `name` means: the one that is called so, or all that are for the network.
  ///
  /// Throws ``FileError`` and ``Failure/notStored(name:folder:)``.
  package func files(called name: String) throws -> [StoredFile] {
    let files = try files()
    let named = files.filter { $0.name == name }
    let found = named.isEmpty ? files.filter { $0.networks.contains(name) } : named
    guard !found.isEmpty else { throw Failure.notStored(name: name, folder: folder) }
    return found
  }

  /// The SHA-256 of a file in the store if its name says how that begins; `nil` for other files.
  ///
  /// Throws ``FileError`` and ``Failure/damaged(path:found:expected:)``.
  package static func verify(_ file: StoredFile) throws -> String? {
    guard !file.isPartial, let expected = file.published?.hashPrefix else { return nil }
    let digest = try RegularFile(path: file.path).sha256()
    guard digest.hasPrefix(expected) else {
      throw Failure.damaged(path: file.path, found: digest, expected: expected)
    }
    return digest
  }

  /// Removes a file from the store.
  ///
  /// Throws ``Failure/cannotRemove(path:errno:)``.
  package static func remove(_ file: StoredFile) throws(Failure) {
    guard unsafe unlink(file.path) == 0 else { throw .cannotRemove(path: file.path, errno: errno) }
  }
}

extension WeightStore.Failure: CustomStringConvertible {
  /// One line: what is missing or wrong.
  package var description: String {
    switch self {
    case .noFolder: "no folder to keep weights in: set CNNZOO_HOME"
    case .unpublished(let network, let isEmbedded):
      "\(network): "
        + (isEmbedded
          ? "its weights are embedded: there is nothing to fetch"
          : "no published weights are known")
    case .noAddress(let file): "\(file): not published as a separate file"
    case .notStored(let name, let folder): "\(escaped(name)): no such weights in \(escaped(folder))"
    case .damaged(let path, let found, let expected):
      "\(escaped(path)): damaged: its SHA-256 begins with \(found.prefix(max(8, expected.count))),"
        + " expected \(expected)"
    case .cannotRemove(let path, let code):
      "\(escaped(path)): cannot be removed: \(systemMessage(code))"
    }
  }
}
