import TensorCore

/// A tensor that an operator expects in the checkpoint, named relative to its node.
package struct ParameterSpec: Hashable, Sendable {
  /// Last part of the name, as in `weight`, `bias` or `running_mean`.
  package let suffix: String
  /// Shape in the checkpoint.
  package let shape: Shape
  /// Whether it is learned.
  package let role: ParameterRole
  /// What it starts from where no checkpoint gives it.
  package let initial: InitialValue

  /// A specification from its parts.
  package init(
    _ suffix: String, _ shape: Shape, role: ParameterRole = .trainable, initial: InitialValue
  ) {
    self.suffix = suffix
    self.shape = shape
    self.role = role
    self.initial = initial
  }
}

/// Whether a parameter is learned, only stored, or a counter that inference never reads.
package enum ParameterRole: String, Hashable, Sendable {
  /// Learned by gradient descent; counted by `params`.
  case trainable
  /// Stored and loaded but not learned: running statistics, fixed codes.
  case buffer
  /// `num_batches_tracked`: a scalar integer that may be present and is never read.
  case counter
}

/// One tensor of a network: its name in the checkpoint, its shape, its role, its initial values.
package struct Parameter: Hashable, Sendable {
  /// Name in the published state dict: `layer1.0.conv1.weight`.
  package let name: String
  /// Shape in the checkpoint.
  package let shape: Shape
  /// Whether it is learned.
  package let role: ParameterRole
  /// Whether it belongs to an auxiliary head, which only training has.
  package let isAuxiliary: Bool
  /// What it starts from where no checkpoint gives it.
  package let initial: InitialValue

  /// A parameter from its parts; zero where nobody says what it starts from.
  package init(
    name: String, shape: Shape, role: ParameterRole, isAuxiliary: Bool, initial: InitialValue = .constant(0)
  ) {
    self.name = name
    self.shape = shape
    self.role = role
    self.isAuxiliary = isAuxiliary
    self.initial = initial
  }
}
