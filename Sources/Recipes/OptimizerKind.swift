/// An optimizer with its hyperparameters; semantics are PyTorch's.
package enum OptimizerKind: Hashable, Sendable {
  /// Stochastic gradient descent with momentum.
  case sgd(momentum: Float, nesterov: Bool)
  /// Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv:1711.05101).
  case adamW(beta1: Float, beta2: Float, epsilon: Float)
}

extension OptimizerKind: CustomStringConvertible {
  /// The text that ``init(parsing:)`` reads: `sgd momentum=0.9 nesterov`.
  package var description: String {
    switch self {
    case .sgd(let momentum, let nesterov): "sgd momentum=\(momentum)" + (nesterov ? " nesterov" : "")
    case .adamW(let beta1, let beta2, let epsilon): "adamw betas=\(beta1),\(beta2) epsilon=\(epsilon)"
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
    default: throw .invalidText(text, expected: "sgd momentum=X, or adamw betas=X,X epsilon=X")
    }
  }
}
