/// An optimizer with its hyperparameters; semantics are PyTorch's.
package enum OptimizerKind: Hashable, Sendable {
  /// Stochastic gradient descent with momentum.
  case sgd(momentum: Float, nesterov: Bool)
  /// Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv:1711.05101).
  case adamW(beta1: Float, beta2: Float, epsilon: Float)
}

extension OptimizerKind: CustomStringConvertible {
  /// `sgd momentum=0.9 nesterov`.
  package var description: String {
    switch self {
    case .sgd(let momentum, let nesterov): "sgd momentum=\(momentum)" + (nesterov ? " nesterov" : "")
    case .adamW(let beta1, let beta2, let epsilon): "adamw betas=\(beta1),\(beta2) epsilon=\(epsilon)"
    }
  }
}
