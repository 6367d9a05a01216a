/// How weights lie in memory; arithmetic is float32 whatever they are.
package enum WeightStorage: Hashable, Sendable {
  /// As they are computed with.
  case float32
  /// IEEE 754 binary16, widened as they are read: half the memory, and half the time where reading them is
  /// what takes it.
  case float16
}
