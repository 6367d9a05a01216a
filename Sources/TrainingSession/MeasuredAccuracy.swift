import Collectives
import TensorCore
import Training

/// What an evaluation found.
package struct MeasuredAccuracy {
  /// The precision of the network.
  package let precision: ComputePrecision
  /// How well it classified the images.
  package let evaluation: Evaluation
  /// The same network in float32 on the same images; `nil` if it was float32 already.
  package let float32: ComparedAccuracy?
}

/// The figures of float32 beside those of another precision.
package struct ComparedAccuracy {
  /// How well float32 classified the images.
  package let evaluation: Evaluation
  /// How the logits differ.
  package let difference: LogitDifference
}

/// How the logits of two networks differ over some images.
package struct LogitDifference {
  private var images = 0
  private var alike = 0
  /// The largest difference of a logit.
  package private(set) var largest: Float = 0

  /// The share of images to which both networks give the same class.
  package var agreement: Double { images == 0 ? 1 : Double(alike) / Double(images) }

  /// Adds what the other processes have counted.
  mutating func add(from group: any ProcessGroup) {
    let counts = group.collection(of: [Double(images), Double(alike), Double(largest)])
    images = counts.reduce(0) { $0 + Int($1[0]) }
    alike = counts.reduce(0) { $0 + Int($1[1]) }
    largest = counts.reduce(0) { max($0, Float($1[2])) }
  }

  /// Counts an image with its logits by both networks.
  mutating func count(_ one: UnsafeBufferPointer<Float>, _ other: UnsafeBufferPointer<Float>) {
    images += 1
    func best(_ logits: UnsafeBufferPointer<Float>) -> Int? {
      logits.indices.max { unsafe logits[$0] < logits[$1] }
    }
    if unsafe best(one) == best(other) { alike += 1 }
    for index in one.indices { unsafe largest = max(largest, abs(one[index] - other[index])) }
  }
}
