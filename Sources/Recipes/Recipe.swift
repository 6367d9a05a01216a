import TensorCore

/// Training settings that somebody has published, or that were found for a data set, and where they come from.
///
/// A recipe says what it changes of a network's standard settings, so that a network's own loss and initialization
/// stay where the recipe does not name others.
package struct Recipe: Sendable {
  /// The images that a recipe is meant for: papers train small ones differently.
  package enum Images: String, Hashable, Sendable {
    /// Images of any size.
    case any
    /// At most 32 pixels on a side, as CIFAR's.
    case small
    /// More than 32 pixels on a side.
    case large

    /// Whether images of `[C, H, W]` are among them.
    func contains(_ image: Shape) -> Bool {
      switch self {
      case .any: true
      case .small: max(image[1], image[2]) <= 32
      case .large: max(image[1], image[2]) > 32
      }
    }
  }

  /// What `--recipe` calls it: `paper`, or the name of a data set.
  package let name: String
  /// The images that it is meant for.
  package let images: Images
  /// Where the numbers come from, and where they differ from that source.
  package let source: String
  /// The result that the source reports, if it does: `8.75 % error on CIFAR-10`.
  package let expected: String?
  private let change: @Sendable (inout TrainingSettings) -> Void

  /// A recipe from its parts.
  package init(
    _ name: String, for images: Images = .any, source: String, expected: String? = nil,
    _ change: @escaping @Sendable (inout TrainingSettings) -> Void
  ) {
    self.name = name
    self.images = images
    self.source = source
    self.expected = expected
    self.change = change
  }

  /// The recipe's settings for a network whose standard ones are `standard`.
  package func settings(from standard: TrainingSettings) -> TrainingSettings {
    var settings = standard
    change(&settings)
    return settings
  }
}

extension [Recipe] {
  /// The recipe called `name` for images of `[C, H, W]`.
  ///
  /// Throws ``RecipeError/unknownRecipe(_:model:image:known:)`` where `model`, whose recipes these are, has none.
  package func named(
    _ name: String, image: Shape, of model: String
  ) throws(RecipeError) -> Recipe {
    let suitable = filter { $0.images.contains(image) }
    if let recipe = suitable.first(where: { $0.name == name }) { return recipe }
    throw .unknownRecipe(name, model: model, image: "\(image)", known: suitable.map(\.name))
  }
}
