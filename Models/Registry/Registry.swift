import GraphIR

/// Every network of the zoo: one line a family.
package enum Registry {
  /// The families in the order of their papers.
  package static let families: [Family] = [
    LeNet5.family,
    AlexNet.family,
    VGG.family,
    GoogLeNet.family,
    InceptionV3.family,
    ResNet.family,
    ResNetV2.family,
    WideResNet.family,
    ResNeXt.family,
    DenseNet.family,
  ]

  /// Every entry, family after family.
  package static let all: [ModelEntry] = families.flatMap(\.entries)

  /// The entry of a name.
  ///
  /// Throws with the nearest names where there is none.
  package static func entry(_ name: String) throws(RegistryError) -> ModelEntry {
    if let entry = all.first(where: { $0.name == name }) { return entry }
    throw .unknown(name: name, nearest: nearest(to: name))
  }

  /// The family that an entry's name belongs to; `nil` for a name that is not registered.
  package static func family(of name: String) -> Family? {
    families.first { $0.entries.contains { $0.name == name } }
  }

  /// The five names that differ least from `name`, however much that is.
  private static func nearest(to name: String) -> [String] {
    all.map { ($0.name, editDistance($0.name, name.lowercased(), limit: .max) ?? .max) }
      .sorted { ($0.1, $0.0) < ($1.1, $1.0) }
      .prefix(5).map(\.0)
  }
}

/// Why a name was refused.
package enum RegistryError: Error, Hashable, Sendable, CustomStringConvertible {
  /// No network is called so.
  case unknown(name: String, nearest: [String])

  /// One line with the nearest names.
  package var description: String {
    switch self {
    case .unknown(let name, let nearest):
      "\(name): no such network; the nearest names are \(nearest.joined(separator: ", ")); "
        + "'cnnzoo list' prints all"
    }
  }
}
