import ArgumentParser
import Files
import Inputs
import Ops
import Session
import TensorCore
import Text
import Weights

/// `cnnzoo similar`: finds the images whose features are nearest to those of a query.
struct SimilarCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "similar", abstract: "Find the images that are most similar to one image.",
    discussion: """
      Images are compared by the cosine between their features: what the classifier reads, averaged over each feature map, or \
      the output of another layer. The query itself is left out.
      """)

  @Argument(help: "Name of a network, see 'cnnzoo list'.")
  var model: String

  @Argument(help: .init("Image to compare with.", valueName: "query"))
  var query: String

  @Argument(help: .init("Image files and folders to search.", valueName: "folder"))
  var images: [String]

  @Option(
    help: .init("Layer to compare the features of, averaged over each feature map.", valueName: "path"))
  var layer = "penultimate"

  @Option(help: .init("Number of images to print.", valueName: "k"))
  var top = 10

  @OptionGroup var network: FloatNetworkOptions
  @OptionGroup var preprocessing: PreprocessOption
  @OptionGroup var threading: ThreadOption
  @OptionGroup var output: FormatOption

  func validate() throws {
    if images.isEmpty { throw ValidationError("expected images or folders to search") }
    try check(top, atLeast: 1, option: "--top")
  }

  func run() throws {
    let bound = try network.bound(model)
    let preprocessor = try preprocessing.preprocessor(for: bound)
    let layer = try bound.layer(layer)
    let classifier = Classifier(bound.features(of: layer, pooling: .average), threads: threading.count)
    let query = try classifier.classify(FilePath(self.query), preprocessor).logits
    let queryPath = FilePath.canonical(self.query)

    var features = FeatureTable(shape: layer.shape(after: .average))
    var progress = ImageProgress(total: ProgressLine.isPossible ? ImageList.count(images) : nil)
    var list = ImageList(images)
    Interruption.install()
    try unsafe classifier.classify(
      preprocessor, isStopped: { Interruption.status != nil },
      next: { () throws(InputError) in try list.next() }
    ) { images in
      for image in images where FilePath.canonical(image.path) != queryPath {
        try features.add(image.result.map(\.logits), of: image.path)
      }
      progress.advance(by: images.count)
    }
    noteSkipped(list.skipped)
    if let status = Interruption.status { throw ExitCode(status) }
    let found = features.paths.indices.map { (similarity: cosine(query[...], features[$0]), index: $0) }
      .sorted { (-$0.similarity, $0.index) < (-$1.similarity, $1.index) }.prefix(top)
    if found.isEmpty && output.format == .text {
      note("no image to compare with")
    } else {
      try emit(text(found.map { ($0.similarity, features.paths[$0.index]) }))
    }
    if let status = features.status { throw ExitCode(status.rawValue) }
  }

  private func text(_ found: [(similarity: Double, path: String)]) -> String {
    if output.format == .json {
      return found.enumerated().map { rank, image in
        let object: JSONObject = [
          "schema": "cnnzoo.similar/1", "model": .string(model), "query": .string(query),
          "rank": .integer(rank + 1), "path": .string(image.path), "similarity": .number(image.similarity),
        ]
        return object.line
      }.joined()
    }
    var table = Table([
      .init("rank", key: "rank", .right), .init("similarity", key: "similarity", .right),
      .init("path", key: "path"),
    ])
    table.rows = found.enumerated().map { rank, image in
      [.init(String(rank + 1)), .fixed(image.similarity, digits: 4), .init(image.path)]
    }
    return table.text(as: output.format)
  }
}

/// The cosine of the angle between two vectors; 0 where one of them is zero.
private func cosine(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Double {
  var (product, first, second) = (0.0, 0.0, 0.0)
  for (x, y) in zip(a, b) {
    product += Double(x) * Double(y)
    first += Double(x) * Double(x)
    second += Double(y) * Double(y)
  }
  let norm = (first * second).squareRoot()
  return norm > 0 ? product / norm : 0
}
