import Files
import GraphIR
import TensorCore
import Text
import Weights

/// Why a network, its weights or its inputs cannot be used as they were asked for.
///
/// Errors of the layers below (an unknown name, a damaged file, an image that cannot be read) are thrown as they are.
///
/// WORKAROUND(6.3): `indirect`, so that an error is one pointer. Typed errors of more than four words arrive as garbage
/// in optimized builds; costs one allocation per throw.
package indirect enum SessionError: Error, Hashable, Sendable {
  /// A batch with more values than any graph may have.
  case batchTooLarge(batch: Int, image: Shape)
  /// A size that the network cannot take.
  case cannotBuild(network: String, image: Shape, reason: GraphError)
  /// A network whose input is neither gray nor color.
  case takesNoImages(network: String, channels: Int)
  /// Light and dark were to be exchanged for weights that do not need it.
  case nothingToInvert
  /// No weights were given, and there are none in the usual places; `unsuitable` describes embedded ones that are for
  /// another form of the network.
  case noWeights(network: String, unsuitable: WeightDescription?, places: [String])
  /// A weight file that says that it is another network's.
  case otherNetwork(path: String, found: Label, expected: String)
  /// A weight file that describes a network that cannot exist.
  case impossibleDescription(path: String, reason: String)
  /// A network without a layer that could be computed in bytes.
  case nothingToQuantize(network: String)
  /// A network that loses more than `limit` percent of its classes in bytes, however many of its layers stay in float32.
  case losesMore(network: String, limit: Double)
  /// Weights with which values of a network are infinite or no numbers.
  case notFinite(network: String, layer: String)
  /// A network that was asked for in bytes, with weights that are floats; the path is that of the file, if there is one.
  case notQuantized(network: String, path: String?)
  /// A network that was asked for in floats, with a weight file of bytes.
  case quantized(path: String, precision: ComputePrecision)
  /// A label file that is larger than any list of labels.
  case labelsTooLarge(path: String, bytes: Int)
  /// A label file with another number of lines than the network has classes.
  case wrongLabelCount(path: String, found: Int, expected: Int)
  /// A tensor of prepared inputs that does not fit the network; `expected` has a number or a name for each extent.
  case wrongTensorShape(path: String, network: String, found: Shape, expected: [String])
  /// A layer that the network does not have, and those whose paths are nearest.
  case noSuchLayer(network: String, layer: String, nearest: [String])
  /// A layer, or a whole network, whose result has no feature maps.
  case noFeatureMaps(network: String, layer: String?)
  /// A layer that is no convolution, or a network without any.
  case noFilters(network: String, layer: String?)
  /// More memory than the machine has.
  case notEnoughMemory(network: String, needed: Int, installed: Int)
  /// A network that needs more address space than the limit of this process leaves.
  case notEnoughAddressSpace(network: String, needed: Int, left: Int)
  /// Memory that the machine has but does not grant now.
  case memoryRefused(network: String, needed: Int)
}

extension SessionError: CustomStringConvertible {
  /// One line: where, what, expected and found.
  package var description: String {
    switch self {
    case .batchTooLarge(let batch, let image):
      "a batch of \(batch) images of \(image) has more than \(Limits.inputValues) values"
    case .cannotBuild(let network, let image, let reason):
      "\(network) cannot be built for images of \(image): \(reason)"
    case .takesNoImages(let network, let channels):
      "\(network) with \(channels) input channels takes no images, which have 1 or 3"
    case .nothingToInvert:
      "only weights that were trained on Fashion-MNIST exchange light and dark: these were not"
    case .noWeights(let network, let unsuitable, let places):
      "\(network): no weights found: "
        + (unsuitable.map {
          "the embedded ones are for \($0.classes) classes of \(escaped($0.data)) at \($0.inputShape); "
        } ?? "") + "looked for \(places.map(escaped).joined(separator: ", "))"
    case .otherNetwork(let path, let found, let expected):
      "\(escaped(path)): weights of \(found), not of \(expected)"
    case .impossibleDescription(let path, let reason):
      "\(escaped(path)): describes a network that cannot be built: \(reason)"
    case .nothingToQuantize(let network): "\(network) has no layer that can be computed in int8"
    case .losesMore(let network, let limit):
      "\(network) changes the class of more than \(limit) % of the images even with nearly all layers in float32"
    case .notFinite(let network, let layer):
      "\(network): the output of \(layer) is not finite on these images: nothing can be calibrated on it"
    case .notQuantized(let network, let path):
      "\(path.map(escaped) ?? network): its weights are floats, not int8"
    case .quantized(let path, let precision):
      "\(escaped(path)): its weights are int8, which \(precision.name) cannot compute"
    case .labelsTooLarge(let path, let bytes):
      "\(escaped(path)): \(bytes) bytes are too many for a list of labels"
    case .wrongLabelCount(let path, let found, let expected):
      "\(escaped(path)): \(found) labels for \(expected) classes: expected one per line, or a JSON or Python list or dictionary"
    case .wrongTensorShape(let path, let network, let found, let expected):
      "\(escaped(path)): shape is [\(found.dimensions.map(String.init).joined(separator: ", "))], \(network) takes"
        + " [\(expected.joined(separator: ", "))]"
    case .noSuchLayer(let network, let layer, let nearest):
      "\(network) has no layer \(escaped(layer))"
        + (nearest.isEmpty ? "" : ": the nearest are \(nearest.joined(separator: ", "))")
    case .noFeatureMaps(let network, let layer):
      layer.map { "\(escaped($0)) of \(network) makes vectors, not feature maps" }
        ?? "\(network) has no feature maps"
    case .noFilters(let network, let layer):
      layer.map { "\(escaped($0)) is no convolution of \(network)" } ?? "\(network) has no convolution"
    case .notEnoughMemory(let network, let needed, let installed):
      "\(network) needs \(Numbers.bytes(needed)) of memory, this machine has \(Numbers.bytes(installed)):"
        + " use a smaller batch or input"
    case .notEnoughAddressSpace(let network, let needed, let left):
      "\(network) needs \(Numbers.bytes(needed)) of address space, the limit leaves \(Numbers.bytes(left)):"
        + " raise it (ulimit -v), or use fewer threads, a smaller batch or input"
    case .memoryRefused(let network, let needed):
      "\(network) needs \(Numbers.bytes(needed)) of memory, which the system does not grant now:"
        + " end other programs, or use a smaller batch or input"
    }
  }
}
