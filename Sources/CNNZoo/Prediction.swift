/// A class that a network finds in an image.
public struct Prediction: Hashable, Sendable {
  /// Index of the class, counted from 0.
  public let index: Int
  /// Name of the class; `class 281` where names are not known.
  public let label: String
  /// Probability between 0 and 1: the softmax over all classes.
  public let probability: Float
}
