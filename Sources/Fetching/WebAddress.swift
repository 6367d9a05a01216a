/// An address on the web, `http` or `https` and nothing else.
package struct WebAddress: Hashable, Sendable {
  /// The address as libcurl takes it.
  let text: String
  /// Where the host begins, behind `user:password@` if there is one.
  private let host: String.Index

  /// Whether the connection is encrypted.
  var isEncrypted: Bool { text.hasPrefix("https:") }

  /// An address from text; `nil` if it is none, or of another kind.
  package init?(_ text: String) {
    guard let scheme = ["http://", "https://"].first(where: text.hasPrefix),
      text.unicodeScalars.allSatisfy({ (0x21...0x7e).contains($0.value) })
    else { return nil }
    let rest = text.dropFirst(scheme.count)
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    host = authority.lastIndex(of: "@").map(text.index(after:)) ?? authority.startIndex
    guard host < authority.endIndex, text[host] != ":" else { return nil }
    self.text = text
  }

  /// The address of a file in this folder.
  package func appending(_ name: String) -> WebAddress? {
    WebAddress(text.hasSuffix("/") ? text + name : "\(text)/\(name)")
  }
}

extension WebAddress: CustomStringConvertible {
  /// The address without a password, for messages.
  package var description: String {
    (isEncrypted ? "https://" : "http://") + text[host...]
  }
}
