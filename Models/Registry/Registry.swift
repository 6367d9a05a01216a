import GraphIR
import Recipes

/// A list of families, and the networks in them by name.
package struct Registry: Sendable {
  /// The zoo: one line per family, in the order of the papers.
  package static let standard = Registry([
    LeNet5.family,
    AlexNet.family,
    VGG.family,
    GoogLeNet.family,
    InceptionV3.family,
    ResNet.family,
    SqueezeNet.family,
    InceptionV4.family,
    InceptionResNetV2.family,
    ResNetV2.family,
    WideResNet.family,
    Xception.family,
    ResNeXt.family,
    DenseNet.family,
    MobileNetV1.family,
    DPN.family,
    PyramidNetCIFAR.family,
    NASNet.family,
    SENet.family,
    MobileNetV2.family,
    Darknet.family,
    ShuffleNetV2.family,
    MNASNet.family,
    ResNetD.family,
    Res2Net.family,
    MobileNetV3.family,
    EfficientNet.family,
    GhostNet.family,
    RegNet.family,
    EfficientNetV2.family,
    ConvNeXt.family,
  ])

  /// The registry that names are looked up in: the zoo, unless a program has another.
  @TaskLocal package static var current = Registry.standard

  /// The families, in the order given.
  package let families: [Family]
  /// Every entry, family by family.
  package let all: [ModelEntry]

  /// A registry of these families.
  package init(_ families: [Family]) {
    self.families = families
    all = families.flatMap(\.entries)
  }

  /// The entry called `name`.
  ///
  /// Throws ``RegistryError`` with the nearest names where there is none.
  package func entry(_ name: String) throws(RegistryError) -> ModelEntry {
    if let entry = all.first(where: { $0.name == name }) { return entry }
    throw .unknown(name: name, nearest: nearest(to: name))
  }

  /// The initialization schemes: the general ones, then those of the families.
  package var initializationSchemes: [InitializationScheme] {
    (InitializationScheme.general + all.map(\.architecture.initialization)).reduce(into: []) {
      schemes, scheme in
      if !schemes.contains(where: { $0.name == scheme.name }) { schemes.append(scheme) }
    }
  }

  /// The family of the network called `name`; `nil` for a name that is not registered.
  package func family(of name: String) -> Family? {
    families.first { $0.entries.contains { $0.name == name } }
  }

  /// The five names that differ least from `name`, however much that is.
  private func nearest(to name: String) -> [String] {
    all.map { ($0.name, NameDifference($0.name, name)) }
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
