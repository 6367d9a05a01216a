/// An optimizer with its hyperparameters; semantics are PyTorch's.
package enum OptimizerKind: Hashable, Sendable {
  /// Stochastic gradient descent with momentum.
  case sgd(momentum: Float, nesterov: Bool)
  /// Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv:1711.05101).
  case adamW(beta1: Float, beta2: Float, epsilon: Float)
  /// RMSProp (Hinton, lecture 6e of "Neural networks for machine learning", 2012) with momentum.
  case rmsProp(RMSPropForm, alpha: Float, epsilon: Float, momentum: Float)
}

/// The two frameworks' forms of RMSProp.
package enum RMSPropForm: String, Hashable, Sendable {
  /// PyTorch's: the mean square starts from 0, ε is added to its root.
  case torch = "rmsprop"
  /// TensorFlow's, in which the first EfficientNets were trained and which timm has as `rmsproptf`: the mean square starts
  /// from 1, ε is added under the root, and the momentum is that of steps, not of gradients.
  case tensorFlow = "rmsprop-tf"
}

extension OptimizerKind: CustomStringConvertible {
  /// The text that ``init(parsing:)`` reads: `sgd momentum=0.9 nesterov`.
  package var description: String {
    switch self {
    case .sgd(let momentum, let nesterov): "sgd momentum=\(momentum)" + (nesterov ? " nesterov" : "")
    case .adamW(let beta1, let beta2, let epsilon): "adamw betas=\(beta1),\(beta2) epsilon=\(epsilon)"
    case .rmsProp(let form, let alpha, let epsilon, let momentum):
      "\(form.rawValue) alpha=\(alpha) epsilon=\(epsilon) momentum=\(momentum)"
    }
  }

  /// Parses a ``description``.
  ///
  /// Throws ``RecipeError/invalidText(_:expected:)``.
  package init(parsing text: String) throws(RecipeError) {
    let words = text.split(separator: " ")
    let numbers = words.dropFirst().map { word in
      word.split(separator: "=").last.map { $0.split(separator: ",").compactMap { Float($0) } } ?? []
    }
    switch (words.first, words.dropFirst().map { $0.prefix { $0 != "=" } }) {
    case ("sgd", ["momentum"]) where numbers[0].count == 1:
      self = .sgd(momentum: numbers[0][0], nesterov: false)
    case ("sgd", ["momentum", "nesterov"]) where numbers[0].count == 1:
      self = .sgd(momentum: numbers[0][0], nesterov: true)
    case ("adamw", ["betas", "epsilon"]) where numbers[0].count == 2 && numbers[1].count == 1:
      self = .adamW(beta1: numbers[0][0], beta2: numbers[0][1], epsilon: numbers[1][0])
    case (let name?, ["alpha", "epsilon", "momentum"]) where numbers.allSatisfy { $0.count == 1 }:
      guard let form = RMSPropForm(rawValue: String(name)) else { fallthrough }
      self = .rmsProp(form, alpha: numbers[0][0], epsilon: numbers[1][0], momentum: numbers[2][0])
    default:
      throw .invalidText(
        text,
        expected: "sgd momentum=X, adamw betas=X,X epsilon=X, or rmsprop alpha=X epsilon=X momentum=X")
    }
  }
}
