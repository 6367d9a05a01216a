import Foundation
import GraphIR

/// The operators that there are, read from where they are declared: no list has to be kept.
package enum OperatorKinds {
  /// The kind of every operator in `Sources/Ops`.
  package static func declared() throws -> Set<String> {
    let folder = URL(filePath: #filePath).appending(path: "../../../Sources/Ops").standardized
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.allObjects ?? []
    return try files.reduce(into: []) { kinds, file in
      guard let file = file as? URL, file.pathExtension == "swift" else { return }
      let source = try String(contentsOf: file, encoding: .utf8)
      for match in source.matches(of: /static let kind = "(\w+)"/) { kinds.insert(String(match.1)) }
    }
  }
}

extension Graph {
  /// The kinds of operators in this network.
  package var operatorKinds: Set<String> { Set(nodes.map(\.operation.kind)) }
}
