import CCurl
import CTransfer
import Glibc

/// One HTTP request, through libcurl, which handles TLS, proxies and redirects.
///
/// - Only `http` and `https`, also after redirects; `https` stays `https`
/// - Proxies from the environment; no `.netrc`, no cookies, no content encodings
struct Transfer {
  /// Status and header fields.
  struct Response {
    /// The status; 0 before there is any.
    var status = 0
    /// Fields of the last response in a chain of redirects, with lowercase names.
    var fields: [String: String] = [:]
    /// The SHA-256 that a hub states when it redirects to the content of the file.
    var linkedDigest: String?
    /// `Retry-After` in seconds.
    var retryAfter: Int?
  }

  /// Why a request failed.
  enum Failure: Error, Hashable {
    /// No connection, or no trusted one.
    case unreachable(reason: String)
    case tooManyRedirects
    case forbiddenRedirect
    /// The connection was lost or stalled.
    case brokenOff(reason: String)
    /// `isStopped` said so.
    case stopped
  }

  let address: WebAddress
  let limits: DownloadLimits
  /// The `User-Agent`.
  let agent: String
  let isStopped: () -> Bool

  /// Requests the bytes from `offset` on, and passes them to `receive` until that returns `false`.
  func get(
    from offset: Int, receive: @escaping (Response, UnsafeRawBufferPointer) -> Bool
  ) throws(Failure) -> Response {
    guard Self.isLoaded, let transfer = unsafe ct_create() else {
      throw .unreachable(reason: "libcurl is missing: apt-get install libcurl4")
    }
    defer { unsafe ct_destroy(transfer) }
    let receiver = unsafe Receiver(receive: receive, isStopped: isStopped)
    let context = unsafe Unmanaged.passUnretained(receiver).toOpaque()
    let isConfigured =
      unsafe configure(transfer, offset)
      && ct_set_pointer(transfer, CURLOPT_WRITEDATA, context)
      && ct_set_write(transfer, CURLOPT_WRITEFUNCTION, receiveBody)
      && ct_set_pointer(transfer, CURLOPT_HEADERDATA, context)
      && ct_set_write(transfer, CURLOPT_HEADERFUNCTION, receiveField)
      && ct_set_pointer(transfer, CURLOPT_XFERINFODATA, context) && ct_set_progress(transfer, beAsked)
    guard isConfigured else { throw .unreachable(reason: "libcurl is too old: 7.85 is needed") }
    let code = withExtendedLifetime(receiver) { unsafe ct_perform(transfer) }
    var response = receiver.response
    let seconds = unsafe ct_retry_after(transfer)
    if seconds > 0 { response.retryAfter = Int(seconds) }
    switch code {
    case CURLE_OK: return response
    // `receive` returned `false` and knows why.
    case CURLE_WRITE_ERROR where receiver.hasRefused: return response
    case CURLE_ABORTED_BY_CALLBACK: throw .stopped
    case CURLE_TOO_MANY_REDIRECTS: throw .tooManyRedirects
    case CURLE_UNSUPPORTED_PROTOCOL where 300...399 ~= response.status: throw .forbiddenRedirect
    case CURLE_UNSUPPORTED_PROTOCOL: throw .unreachable(reason: "the answer is not HTTP")
    case CURLE_WRITE_ERROR: throw .unreachable(reason: "too many header fields")
    case CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING, CURLE_OPERATION_TIMEDOUT,
      CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_WEIRD_SERVER_REPLY:
      throw .brokenOff(reason: Self.message(code))
    default: throw .unreachable(reason: Self.message(code))
    }
  }

  /// Sets the options; `false` if libcurl does not know one of them.
  private func configure(_ transfer: UnsafeMutableRawPointer, _ offset: Int) -> Bool {
    let numbers = [
      // No signal handlers: they are the program's.
      (CURLOPT_NOSIGNAL, 1), (CURLOPT_NOPROGRESS, 0), (CURLOPT_FOLLOWLOCATION, 1),
      (CURLOPT_MAXREDIRS, limits.redirects), (CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue)),
      (CURLOPT_CONNECTTIMEOUT, limits.connectSeconds), (CURLOPT_LOW_SPEED_LIMIT, limits.slowestRate),
      (CURLOPT_LOW_SPEED_TIME, limits.stallSeconds),
    ]
    var texts = [
      (CURLOPT_URL, address.text), (CURLOPT_PROTOCOLS_STR, "http,https"), (CURLOPT_USERAGENT, agent),
      (CURLOPT_REDIR_PROTOCOLS_STR, address.isEncrypted ? "https" : "http,https"),
    ]
    if offset > 0 { texts.append((CURLOPT_RANGE, "\(offset)-")) }
    return numbers.allSatisfy { unsafe ct_set_long(transfer, $0, $1) }
      && texts.allSatisfy { unsafe ct_set_text(transfer, $0, $1) }
  }

  private static let isLoaded = ct_load()

  private static func message(_ code: CURLcode) -> String { unsafe String(cString: ct_message(code)) }
}

/// The receiver of libcurl's callbacks for one request.
@safe private final class Receiver {
  private let receive: (Transfer.Response, UnsafeRawBufferPointer) -> Bool
  let isStopped: () -> Bool
  private(set) var response = Transfer.Response()
  private(set) var hasRefused = false
  private var lines = 0
  private static let mostLines = 1000

  init(
    receive: @escaping (Transfer.Response, UnsafeRawBufferPointer) -> Bool, isStopped: @escaping () -> Bool
  ) {
    unsafe self.receive = receive
    self.isStopped = isStopped
  }

  func body(_ bytes: UnsafeRawBufferPointer) -> Bool {
    if unsafe receive(response, bytes) { return true }
    hasRefused = true
    return false
  }

  /// Takes a status line or a header field; `false` if there are too many.
  func line(_ line: String) -> Bool {
    lines += 1
    if lines > Self.mostLines { return false }
    take(line)
    return true
  }

  private func take(_ line: String) {
    if line.hasPrefix("HTTP/") {
      // A new response: of a redirect's target, or after "100 Continue".
      response.fields = [:]
      let words = line.split(separator: " ")
      response.status = words.count > 1 ? Int(words[1]) ?? 0 : 0
      return
    }
    guard let colon = line.firstIndex(of: ":") else { return }
    let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
    let name = line[..<colon].lowercased()
    response.fields[name] = String(value)
    if name == "x-linked-etag" {
      let digest = value.filter { $0 != "\"" }.lowercased()
      if digest.utf8.count == 64, digest.allSatisfy(\.isHexDigit) { response.linkedDigest = digest }
    }
  }
}

private func receiver(_ context: UnsafeMutableRawPointer?) -> Receiver? {
  unsafe context.map { unsafe Unmanaged<Receiver>.fromOpaque($0).takeUnretainedValue() }
}

private let receiveBody: curl_write_callback = { bytes, size, count, context in
  let body = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
  return unsafe receiver(context)?.body(body) == true ? body.count : 0
}

private let receiveField: curl_write_callback = { bytes, size, count, context in
  let raw = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
  let text = unsafe String(decoding: raw, as: UTF8.self)
  let line = String(text.prefix { $0 != "\r" && $0 != "\n" && $0 != "\r\n" })
  return unsafe receiver(context)?.line(line) == true ? raw.count : 0
}

private let beAsked: curl_xferinfo_callback = { context, _, _, _, _ in
  unsafe receiver(context)?.isStopped() == true ? 1 : 0
}
