/// Why a training run cannot have the settings that were asked for.
package enum RecipeError: Error, Hashable, Sendable {
  /// A text that is no schedule or augmentation.
  case invalidText(String, expected: String)
  /// The network has no recipe of that name for images of this size.
  case unknownRecipe(String, model: String, image: String, known: [String])
}

extension RecipeError: CustomStringConvertible {
  /// One line: what was given, what is possible.
  package var description: String {
    switch self {
    case .invalidText(let text, let expected): "expected \(expected), not '\(text)'"
    case .unknownRecipe(let name, let model, _, let known) where known.isEmpty:
      "--recipe \(name): \(model) has no recipes: set --epochs, --lr and the other options yourself"
    case .unknownRecipe(let name, let model, let image, let known):
      "--recipe \(name): \(model) has no such recipe for images of \(image): it has \(known.joined(separator: ", "))"
    }
  }
}
