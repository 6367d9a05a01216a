/// The type in which weights are stored; arithmetic is always float32.
package enum WeightStorage: Hashable, Sendable {
  /// IEEE 754 binary32.
  case float32
  /// IEEE 754 binary16, widened as they are read: half the memory, and half the time of layers that wait for
  /// memory.
  case float16
}
