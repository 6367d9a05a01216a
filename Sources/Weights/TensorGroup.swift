import TensorCore

/// A set of named tensors in a weight file: a state dict, or the tensors of a module.
///
/// Most files hold one. Training scripts keep several: the network and its moving average, a student and a
/// teacher, the states of an optimizer.
package struct TensorGroup: Sendable {
  /// One tensor.
  struct Member: Sendable {
    /// Name in the state dict.
    var name: String
    /// Shape, outermost first; without axes where it is not known.
    let shape: Shape
    /// Where it lies, or why it cannot be read: that matters only if a network needs it.
    private let content: Result<TensorEntry, CheckpointDefect>

    init(name: String, shape: Shape, entry: Result<TensorEntry, CheckpointDefect>) {
      self.name = name
      self.shape = shape
      content = entry
    }

    init(_ entry: TensorEntry) {
      self.init(name: entry.name, shape: entry.shape, entry: .success(entry))
    }

    /// The tensor under its present name.
    func entry() throws(CheckpointDefect) -> TensorEntry {
      var entry = try content.get()
      entry.name = name
      return entry
    }
  }

  /// How the file leads to the tensors: `state_dict`, `ema.module`; empty where they are the file's only ones.
  package let key: String
  /// The tensors in the order of the file.
  private(set) var members: [Member]
  /// What wrappers put in front of every name, taken off: `module.`.
  private(set) var wrapper = ""
  /// What wrappers put into names, taken out: `_checkpoint_wrapped_module.`.
  private(set) var innerWrappers: [String] = []

  /// A group from its tensors; what wrappers of the network add to their names is taken off.
  init(key: String, members: [Member]) {
    self.key = key
    self.members = members
    removeWrappers()
  }

  /// The tensors whose names begin with `prefix`, without it.
  func below(_ prefix: String, key: String) -> TensorGroup {
    TensorGroup(
      key: key,
      members: members.compactMap { member in
        guard member.name.hasPrefix(prefix) else { return nil }
        var member = member
        member.name.removeFirst(prefix.count)
        return member
      })
  }

  /// The tensors that can be read, and those of kinds that cannot.
  ///
  /// Throws where a tensor contradicts the file, for two of one name, and for sizes that the file does not
  /// justify.
  func entries(
    fileSize: Int
  ) throws(CheckpointDefect) -> (readable: [TensorEntry], foreign: [ForeignTensor]) {
    var readable: [TensorEntry] = []
    var foreign: [ForeignTensor] = []
    readable.reserveCapacity(members.count)
    var names: Set<String> = []
    var stored = 0
    for member in members {
      guard names.insert(member.name).inserted else { throw .duplicateTensor(Label(member.name)) }
      let entry: TensorEntry
      do throws(CheckpointDefect) { entry = try member.entry() } catch {
        guard case .foreignTensor(_, let kind) = error else { throw error }
        foreign.append(ForeignTensor(name: member.name, shape: member.shape, kind: kind))
        continue
      }
      readable.append(entry)
      if entry.extent.isDeflated { continue }
      guard let sum = stored.addedIfFits(entry.byteCount), sum / CheckpointLimits.sharing <= fileSize
      else { throw .totalBytes(file: fileSize) }
      stored = sum
    }
    return (readable, foreign)
  }

  /// Whether some tensor has rows and columns: losses and counters alone are no network.
  var holdsWeights: Bool { members.contains { $0.shape.rank >= 2 } }

  // MARK: Wrappers

  private mutating func removeWrappers() {
    for row in WrapperName.table where row.place == .anywhere {
      var isThere = false
      for index in members.indices {
        guard let name = row.removed(from: members[index].name) else { continue }
        members[index].name = name
        isThere = true
      }
      if isThere { innerWrappers.append(row.part) }
    }
    while wrapper.utf8.count < WrapperName.longestPrefix, let part = leadingWrapper() {
      for index in members.indices where members[index].name.hasPrefix(part) {
        members[index].name.removeFirst(part.count)
      }
      wrapper += part
    }
  }

  /// What every name begins with, counters of the wrapper itself aside.
  private func leadingWrapper() -> String? {
    let names = members.lazy.map(\.name).filter { !WrapperName.counters.contains($0) }
    guard !names.isEmpty else { return nil }
    return WrapperName.table.first { row in
      row.place == .leading && names.allSatisfy { $0.hasPrefix(row.part) && $0 != row.part }
    }?.part
  }
}
