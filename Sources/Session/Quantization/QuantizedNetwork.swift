import Engine
import GraphIR
import TensorCore
import Weights
import Zoo

/// A network in bytes, and how it compares with the same in float32.
package struct QuantizedNetwork {
  /// A layer whose weights are signed bytes.
  package struct Layer: Sendable {
    /// Path of the layer.
    package let name: String
    /// Signal to noise of its output against float32, in decibels.
    package let decibels: Double
    /// How much noise, for each unit of signal, its output has beyond its inputs.
    package let loss: Double
  }

  /// The graph for one image, with its scheme.
  package let graph: Graph
  /// Its parameters.
  package let parameters: QuantizedParameters
  /// How the ranges of bytes were chosen.
  package let method: CalibrationMethod
  /// Images over which it was calibrated.
  package let samples: Int
  /// Signal to noise of the logits over these images, in decibels.
  package let logitDecibels: Double
  /// Share of these images that get another class than in float32, in percent.
  package let loss: Double
  /// Where channels are equalized; empty if the weights are what they were.
  package let equalizedPairs: [EqualizablePair]
  /// Signal to noise of the logits with all layers in bytes if channels were not equalized, or if they were: the choice that
  /// was not made; `nil` if there was none.
  package var alternativeDecibels: Double?
  /// The layers in bytes, in the order in which they run.
  package var layers: [Layer] = []
  /// Layers that stay float32 to lose less, by name.
  package var floatLayers: [String] = []

  /// Writes the network as safetensors.
  ///
  /// Weights are `I8`, `[O, I, kH, kW]` with the batch norm behind them folded in, with a scale for each output, `F32`; the
  /// real weight is their product. Values have a scale, `F32`, and a zero point, `U8`.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - bound: The network in float32 that it was made from.
  ///   - data: What it was calibrated on.
  /// - Throws: ``CheckpointError``.
  package func write(to path: String, from bound: BoundNetwork, data: String) throws {
    let scheme = graph.quantization ?? QuantizationScheme(values: [:], layers: [])
    let parameters = graph.storedParameters.filter { $0.role != .counter }
    let types = parameters.map { parameter -> ElementType in
      self.parameters.bytes(of: parameter) != nil
        ? .int8 : parameter.name.hasSuffix(QuantizedTensor.zeroPointSuffix) ? .uint8 : .float32
    }
    var metadata: [(key: String, value: String)] = [
      ("format", "pt"), ("quantization", "int8"), ("calibration", method.rawValue),
      ("calibration_samples", String(samples)), ("calibration_data", data),
    ]
    if !equalizedPairs.isEmpty {
      metadata.append(("equalized", equalizedPairs.map(\.value).joined(separator: ",")))
    }
    metadata += bound.weights.description?.metadata ?? []
    if let published = bound.weights.published, bound.weights.provenance.isPublished {
      metadata.append((PublishedWeights.metadataKey, published.file))
    }
    let writer = SafetensorsWriter(
      typed: zip(parameters, types).map { ($0.name, $0.shape, $1) }, metadata: metadata)
    try unsafe writer.writeElements(
      to: path,
      { index, destination throws(CheckpointError) in
        let parameter = parameters[index]
        if let bytes = self.parameters.bytes(of: parameter) {
          _ = unsafe destination.bindMemory(to: Int8.self).update(fromContentsOf: bytes)
        } else if let value = scheme.value(of: parameter, suffix: QuantizedTensor.zeroPointSuffix) {
          unsafe destination[0] = value.zeroPoint
        } else {
          let floats = unsafe destination.bindMemory(to: Float.self)
          if let value = scheme.value(of: parameter, suffix: QuantizedTensor.valueScaleSuffix) {
            unsafe floats[0] = value.scale
          } else {
            do { try unsafe self.parameters.fill(parameter, floats) } catch let error as CheckpointError {
              throw error
            } catch { throw .unusable(path: path, .noTensors) }
          }
        }
      })
  }
}

extension QuantizationScheme {
  /// The quantization that a tensor is part of.
  fileprivate func value(of parameter: Parameter, suffix: String) -> Quantization? {
    parameter.name.hasSuffix(suffix) ? values[String(parameter.name.dropLast(suffix.count))] : nil
  }
}

extension Graph {
  /// The tensors of a weight file: those of the network, or if it has a scheme, those of its form in bytes.
  package var storedParameters: [Parameter] {
    guard var scheme = quantization else { return parameters }
    let names = Set(optimizedForBytes.namedValues.map(\.name))
    scheme.values = scheme.values.filter { names.contains($0.key) }
    return optimized().parameters + scheme.valueParameters
  }
}
