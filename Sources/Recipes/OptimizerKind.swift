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
  /// `sgd momentum=0.9 nesterov`.
  package var description: String {
    switch self {
    case .sgd(let momentum, let nesterov): "sgd momentum=\(momentum)" + (nesterov ? " nesterov" : "")
    case .adamW(let beta1, let beta2, let epsilon): "adamw betas=\(beta1),\(beta2) epsilon=\(epsilon)"
    case .rmsProp(let form, let alpha, let epsilon, let momentum):
      "\(form.rawValue) alpha=\(alpha) epsilon=\(epsilon) momentum=\(momentum)"
    }
  }
}
