/// The precision in which a network is computed.
package enum ComputePrecision: Hashable, Sendable {
  /// IEEE 754 binary32.
  case float32
  /// float32, but fully connected layers store their weights as IEEE 754 binary16, widened as they are read: half the
  /// memory, and half the time of layers that wait for memory.
  case float16LinearWeights
  /// Weights are bfloat16, and feature maps where the CPU multiplies it; sums and the logits are float32.
  case bfloat16
  /// Weights are signed bytes, feature maps bytes, and sums 32-bit integers, except in layers that need floats.
  case int8

  /// The name of the type of weights and products, as weight files and reports have it.
  package var name: String {
    switch self {
    case .float32, .float16LinearWeights: "f32"
    case .bfloat16: "bf16"
    case .int8: "int8"
    }
  }
}
