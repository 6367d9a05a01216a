import Engine
import Files
import Inputs
import Session
import TensorCore
import Zoo

/// A network with its weights, ready to classify images.
///
/// ```swift
/// let classifier = try Classifier("resnet18", weights: .file("resnet18-f37072fd.pth"))
/// for prediction in try classifier.classify(imageAt: "cat.jpg", top: 5) {
///   print(prediction.label, prediction.probability)
/// }
/// ```
///
/// Creating a classifier reads the weights and takes all memory that the network needs; the object can then be used
/// any number of times. A classifier works on one image at a time: calls from several threads must not overlap.
public final class Classifier {
  /// Names of all networks, family by family in the order of their papers.
  public static var networks: [String] { Registry.standard.all.map(\.name) }

  /// Name of the network.
  public let network: String
  /// Extents of an input: channels, height, width.
  public let inputShape: [Int]
  /// Number of classes.
  public let classCount: Int

  private let classifier: Session.Classifier
  private let labels: LabelList
  private let preprocessor: Preprocessor?
  /// What is wrong with classifying images, if there is no preprocessor.
  private let takesNoImages: ClassifierError?

  /// Creates a classifier.
  ///
  /// - Parameters:
  ///   - network: Name of a network: one of ``networks``.
  ///   - weights: Where its weights come from.
  ///   - threads: Threads to compute with; `nil` for one per physical core available to the process. Results are the same
  ///     for any number.
  /// - Throws: ``ClassifierError`` for an unknown name, for missing or unusable weights, and where the machine has too
  ///   little memory.
  public init(_ network: String, weights: WeightSource = .installed, threads: Int? = nil)
    throws(ClassifierError)
  {
    do {
      let bound = try BoundNetwork(NetworkRequest(network), weights: weights.request)
      self.network = network
      inputShape = bound.network.image.dimensions
      classCount = bound.network.classes
      labels = LabelList(for: bound.weights, of: bound.network)
      do {
        preprocessor = try bound.network.preprocessor(for: bound.weights)
        takesNoImages = nil
      } catch {
        preprocessor = nil
        takesNoImages = ClassifierError(error)
      }
      classifier = Session.Classifier(bound, threads: max(1, threads ?? ThreadPolicy.defaultThreads))
      try classifier.load()
    } catch { throw ClassifierError(error) }
  }

  /// Classifies an image.
  ///
  /// The image is prepared as the weights were trained: resized, cropped and normalized.
  ///
  /// - Parameters:
  ///   - path: An image: PNG, JPEG, WebP, TIFF, GIF, BMP or PNM.
  ///   - top: How many classes to return.
  /// - Returns: The most probable classes, best first.
  /// - Throws: ``ClassifierError`` for a file that is missing, damaged or not an image.
  public func classify(imageAt path: String, top: Int = 5) throws(ClassifierError) -> [Prediction] {
    predictions(try logits(ofImageAt: path), top: top)
  }

  /// The logits of an image, ``classCount`` of them: what the network returns before softmax.
  ///
  /// - Parameter path: An image: PNG, JPEG, WebP, TIFF, GIF, BMP or PNM.
  /// - Returns: A logit for each class.
  /// - Throws: ``ClassifierError`` for a file that is missing, damaged or not an image.
  public func logits(ofImageAt path: String) throws(ClassifierError) -> [Float] {
    guard let preprocessor else { throw takesNoImages ?? .init(.unusableImage, "\(network) takes no images") }
    do { return try classifier.classify(FilePath(path), preprocessor).logits } catch {
      throw ClassifierError(error)
    }
  }

  /// The logits of an input that is prepared already.
  ///
  /// - Parameter input: Normalized values in the order of ``inputShape``, channel by channel and row by row.
  /// - Returns: ``classCount`` logits.
  /// - Throws: ``ClassifierError`` for an input with another number of values.
  public func logits(of input: [Float]) throws(ClassifierError) -> [Float] {
    let expected = inputShape.reduce(1, *)
    guard input.count == expected else {
      throw ClassifierError(
        .unusableInput, "\(network) takes \(expected) values per input, not \(input.count)")
    }
    do { return try classifier.run(input) } catch { throw ClassifierError(error) }
  }

  /// The most probable classes for logits, best first.
  public func predictions(_ logits: [Float], top: Int = 5) -> [Prediction] {
    Session.Prediction.top(max(0, top), of: logits, labels: labels).map {
      Prediction(
        index: $0.classIndex, label: $0.label ?? "class \($0.classIndex)", probability: $0.probability)
    }
  }
}
