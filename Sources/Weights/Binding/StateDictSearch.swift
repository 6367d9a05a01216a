import GraphIR
import TensorCore

/// Looks for the tensors of a network in a file that holds several sets of them, or larger modules.
///
/// A candidate is a set of the file (`state_dict`), or what stands in it behind one prefix (`backbone.`).
/// What makes everything fit is found; there is no list of wrappers and prefixes to keep.
struct StateDictSearch {
  /// Tensors that may be those of the network.
  struct Candidate {
    /// Index of the set in the file.
    let group: Int
    /// What every name begins with.
    let prefix: String
    /// Indices of the tensors in their set.
    let members: [Int]
    /// The tensors compared with the network; its indices are places in `members`.
    let match: StateDictMatch
  }

  /// A prefix with the tensors behind it.
  private struct Prefix {
    let text: String
    let members: [Int]
  }

  /// Candidates for one network: those with the most tensors.
  private static let candidates = 32
  /// Dots of a name that a prefix may end with.
  private static let deepestPrefix = 8

  private let groups: [TensorGroup]
  private let main: Int
  private let prefixes: [[Prefix]]

  /// A search through the sets of a file; `main` is the one to report on where none fits.
  init(_ groups: [TensorGroup], main: Int) {
    self.groups = groups
    self.main = main
    prefixes = groups.map(StateDictSearch.prefixes)
  }

  /// What could be the network's tensors, those that fit first, then those that fit best.
  func candidates(
    _ parameters: [Parameter], renaming rules: [TensorRename], flexible: Set<String>
  ) -> [Candidate] {
    let needed = parameters.count {
      $0.role != .counter && !$0.isAuxiliary && !flexible.contains($0.name)
    }
    let places = prefixes.indices.flatMap { group in
      prefixes[group].map { (group: group, prefix: $0) }.filter { place in
        2 * place.prefix.members.count >= max(needed, 1) || (group == main && place.prefix.text.isEmpty)
      }
    }
    let largest = places.sorted { $0.prefix.members.count > $1.prefix.members.count }
      .prefix(StateDictSearch.candidates)
    return largest.map { place in
      let members = groups[place.group].members
      let entries = place.prefix.members.map { index in
        (
          name: String(members[index].name.dropFirst(place.prefix.text.count)),
          shape: members[index].shape
        )
      }
      return Candidate(
        group: place.group, prefix: place.prefix.text, members: place.prefix.members,
        match: StateDictMatch(parameters, with: entries, renaming: rules, flexible: flexible))
    }.sorted { $0.rank < $1.rank }
  }

  /// The candidates that fit, without those that are the same tensors once more.
  func exact(_ candidates: [Candidate]) -> [Candidate] {
    var seen: Set<[TensorGroup.Member.Place?]> = []
    return candidates.filter { candidate in
      let members = groups[candidate.group].members
      let places = candidate.match.tensors.sorted { $0.key < $1.key }.map {
        members[candidate.members[$0.value]].place
      }
      return candidate.match.isExact && seen.insert(places).inserted
    }
  }

  /// How `--weights-key` calls a candidate.
  func key(_ candidate: Candidate) -> String {
    groups[candidate.group].path(to: candidate.prefix)
  }

  /// All prefixes that end with a dot and stand in front of several names, and the empty one.
  private static func prefixes(of group: TensorGroup) -> [Prefix] {
    var places: [Substring: Int] = [:]
    var found: [(text: Substring, members: [Int])] = []
    for (index, member) in group.members.enumerated() {
      let name = member.name[...]
      for dot in name.indices.lazy.filter({ name[$0] == "." }).prefix(deepestPrefix) {
        let text = name[...dot]
        if let place = places[text] {
          found[place].members.append(index)
        } else {
          places[text] = found.count
          found.append((text, [index]))
        }
      }
    }
    return [Prefix(text: "", members: Array(group.members.indices))]
      + found.filter { $0.members.count > 1 }.map { Prefix(text: String($0.text), members: $0.members) }
  }
}

extension StateDictSearch.Candidate {
  /// Smaller is better: a fit of everything comes first, then how much matches and how little differs, then the
  /// order in the file.
  fileprivate var rank: (Int, Int, Int, Int) {
    (
      match.isExact ? 0 : 1, -match.tensors.count,
      match.missing.count + match.unexpected.count + match.misshapen.count, group
    )
  }
}

extension TensorGroup.Member {
  /// Where a tensor lies: two members at one place are one tensor.
  struct Place: Hashable {
    let storage: Int
    let firstByte: Int
  }

  /// Where the tensor lies; `nil` for one that cannot be read.
  var place: Place? {
    (try? entry()).map { Place(storage: $0.extent.offset, firstByte: $0.firstByte) }
  }
}

extension TensorGroup {
  /// How `--weights-key` calls what stands behind `prefix`: `state_dict.encoder_q`; `.` for the whole file.
  func path(to prefix: String) -> String {
    let path = [key, String(prefix.dropLast())].filter { !$0.isEmpty }.joined(separator: ".")
    return path.isEmpty ? "." : path
  }

  /// The tensors that `--weights-key` calls `name`, and how well it calls them: 0 for this set, 1 for what
  /// stands in it below a module of that name, 2 where the path only ends so.
  func selected(_ name: String) -> [(rank: Int, group: TensorGroup)] {
    if name == path(to: "") { return [(0, self)] }
    let inner = !key.isEmpty && name.hasPrefix(key + ".") ? String(name.dropFirst(key.count + 1)) : name
    let module = (inner.hasPrefix(wrapper) ? String(inner.dropFirst(wrapper.count)) : inner) + "."
    var ranks: [(prefix: String, rank: Int)] = key.hasSuffix("." + name) ? [("", 2)] : []
    var seen: Set<Substring> = []
    for member in members {
      guard let start = TensorGroup.place(of: module, in: member.name) else { continue }
      let prefix = member.name[..<member.name.index(start, offsetBy: module.count)]
      if seen.insert(prefix).inserted {
        ranks.append((String(prefix), start == member.name.startIndex ? 1 : 2))
      }
    }
    return ranks.map { ($0.rank, below($0.prefix, key: path(to: $0.prefix))) }
  }

  /// Where `module` stands in a name for the first time, at the start or behind a dot.
  private static func place(of module: String, in name: String) -> String.Index? {
    var rest = name[...]
    while true {
      if rest.hasPrefix(module) { return rest.startIndex }
      guard let dot = rest.firstIndex(of: ".") else { return nil }
      rest = rest[rest.index(after: dot)...]
    }
  }
}
