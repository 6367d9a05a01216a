/// A set of EMNIST: Cohen, Afshar, Tapson, van Schaik, "EMNIST: an extension of MNIST to handwritten letters", 2017,
/// arXiv:1702.05373.
///
/// Its files are IDX, named after the set. All images in them are transposed.
enum EMNIST: String, CaseIterable {
  case byClass = "byclass"
  case byMerge = "bymerge"
  case balanced, letters, digits, mnist

  /// What the names of the set's files begin with.
  var stem: String { "emnist-\(rawValue)" }

  /// The set whose files begin with `stem`.
  init?(stem: String) {
    guard let set = EMNIST.allCases.first(where: { $0.stem == stem }) else { return nil }
    self = set
  }

  /// The label of the first class: letters are counted from 1.
  var firstLabel: Int { self == .letters ? 1 : 0 }

  /// The characters that the classes stand for.
  ///
  /// Letters of both cases are in lower case, as torchvision names them; by-merge and balanced have lower case only
  /// where it looks different.
  var classNames: [String] {
    let (digits, upper, lower) = ("0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
    let characters =
      switch self {
      case .byClass: digits + upper + lower
      case .byMerge, .balanced: digits + upper + "abdefghnqrt"
      case .letters: lower
      case .digits, .mnist: digits
      }
    return characters.map(String.init)
  }
}
