import TensorCore
import Weights
import Zoo

extension BoundNetwork {
  /// The network as its file describes it, or as it would be described there: settings, preprocessing, names of classes.
  ///
  /// `nil` for a network whose input is neither gray nor color, and so no image. Throws as
  /// ``Network/preprocessing(for:changes:)`` does.
  package func description() throws -> WeightDescription? {
    guard network.image[0] == 1 || network.image[0] == 3 else { return nil }
    return WeightDescription(
      model: network.name, settings: network.settings.map(\.text),
      preprocessing: try network.preprocessing(for: weights), classes: network.classes,
      data: weights.description?.data ?? "", classNames: LabelList(for: weights, of: network).names)
  }

  /// What a weight file with these tensors has to say so that they are used as the present ones are: who published them,
  /// or how their own file describes them; nothing that is only assumed.
  package var weightMetadata: [(key: String, value: String)] {
    let published = weights.provenance.isPublished ? weights.published?.file : nil
    let known = published.map { [(key: PublishedWeights.metadataKey, value: $0)] } ?? []
    return weights.description.map { $0.metadata } ?? known
  }
}
