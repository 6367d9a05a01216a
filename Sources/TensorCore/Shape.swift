/// The extents of a tensor, outermost first.
///
/// Images and feature maps are `[N, C, H, W]`, vectors `[N, C]`, convolution weights `[O, I / groups, kH,
/// kW]`. The memory layout is separate: see ``ActivationLayout``.
package struct Shape: Hashable, Sendable, CustomStringConvertible, ExpressibleByArrayLiteral {
  /// Extent of each axis.
  package let dimensions: [Int]

  /// A shape from its extents.
  package init(_ dimensions: [Int]) { self.dimensions = dimensions }

  /// A shape from a literal of its extents.
  package init(arrayLiteral elements: Int...) { self.init(elements) }

  /// Number of axes.
  package var rank: Int { dimensions.count }

  /// Extent of one axis.
  package subscript(axis: Int) -> Int { dimensions[axis] }

  /// Number of elements.
  ///
  /// For shapes from files, check ``checkedCount`` first.
  package var count: Int { dimensions.reduce(1, *) }

  /// Number of elements, or `nil` if an extent is negative or the product overflows.
  package var checkedCount: Int? {
    var product = 1
    for extent in dimensions {
      guard extent >= 0 else { return nil }
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      if overflow { return nil }
      product = next
    }
    return product
  }

  /// `64×3×7×7`; a scalar is `1`.
  package var description: String {
    dimensions.isEmpty ? "1" : dimensions.map(String.init).joined(separator: "×")
  }
}

extension Shape {
  /// Images in the batch: the first axis.
  package var batch: Int { dimensions[0] }

  /// The same extents for another number of images.
  package func withBatch(_ batch: Int) -> Shape { Shape([batch] + dimensions.dropFirst()) }

  /// Channels of a feature map, or features of a vector: the second axis.
  package var channels: Int { dimensions[1] }

  /// Height of a feature map; 1 for a vector.
  package var height: Int { rank == 4 ? dimensions[2] : 1 }

  /// Width of a feature map; 1 for a vector.
  package var width: Int { rank == 4 ? dimensions[3] : 1 }
}
