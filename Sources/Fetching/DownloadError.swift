import Files
import Text

/// Why a file could not be fetched.
///
/// WORKAROUND(6.3): `indirect`, so that an error is one pointer. Typed errors of more than four words arrive as garbage
/// in optimized builds; costs one allocation per throw.
package indirect enum DownloadError: Error, Hashable, Sendable {
  /// An error of the file system.
  case file(FileError)
  /// No connection, or no trusted one.
  case unreachable(WebAddress, reason: String)
  /// The server does not have the file.
  case missing(WebAddress, status: Int)
  /// The server answers with another status than success.
  case refused(WebAddress, status: Int)
  /// The server asks to come back later; `seconds` is when, if it says so.
  case busy(WebAddress, status: Int, seconds: Int?)
  /// A chain of redirects that is too long or has no end.
  case tooManyRedirects(WebAddress, most: Int)
  /// A redirect to something that is not fetched: another protocol, or an unencrypted address.
  case forbiddenRedirect(WebAddress)
  /// The connection was lost, again and again.
  case brokenOff(WebAddress, received: Int, expected: Int?, reason: String)
  /// More bytes than the file may have.
  case tooLarge(WebAddress, bytes: Int, most: Int)
  /// All bytes were received, but those of another file.
  case wrongDigest(WebAddress, found: String, expected: String)
  /// Neither the name of the file nor the server states its digest.
  case noDigest(WebAddress)
  /// The user interrupted it.
  case stopped(path: String, received: Int)
}

extension DownloadError: CustomStringConvertible {
  /// One line: address, what happened, detail.
  package var description: String {
    switch self {
    case .file(let error): "\(error)"
    case .unreachable(let address, let reason): "\(address): cannot be reached: \(reason)"
    case .missing(let address, let status): "\(address): the server does not have it (status \(status))"
    case .refused(let address, let status): "\(address): the server refuses it (status \(status))"
    case .busy(let address, let status, let seconds):
      "\(address): the server is busy (status \(status)): try again "
        + (seconds.map { "in \($0) s" } ?? "later")
    case .tooManyRedirects(let address, let most):
      "\(address): redirected more than \(most) times in a row"
    case .forbiddenRedirect(let address):
      "\(address): redirected to "
        + (address.isEncrypted ? "an address that is not encrypted" : "something other than http or https")
    case .brokenOff(let address, let received, let expected, let reason):
      "\(address): connection lost after \(Numbers.bytes(received))"
        + (expected.map { " of \(Numbers.bytes($0))" } ?? "") + ": \(reason): the same command resumes it"
    case .tooLarge(let address, let bytes, let most):
      "\(address): \(bytes) bytes or more, expected at most \(most)"
    case .wrongDigest(let address, let found, let expected):
      "\(address): its SHA-256 begins with \(found.prefix(max(8, expected.count))), expected \(expected):"
        + " the file was not kept"
    case .noDigest(let address):
      "\(address): the server does not state the SHA-256 of the file, so it cannot be verified"
    case .stopped(let path, let received):
      "\(escaped(path)): stopped after \(Numbers.bytes(received)): the same command resumes it"
    }
  }
}
