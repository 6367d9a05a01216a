/// What a graph is prepared for.
package enum ExecutionMode: Hashable, Sendable {
  /// A forward pass with stored statistics.
  case inference
  /// A forward pass with batch statistics and dropout, and a backward pass.
  case training
}
