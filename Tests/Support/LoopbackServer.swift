import Foundation
import Glibc
import Synchronization

/// A web server on this machine's loopback that answers as a test wants it to: right, slowly, by half, or with lies.
package final class LoopbackServer: Sendable {
  /// What a client asks for.
  package struct Request: Sendable {
    /// How many requests came before this one.
    package let number: Int
    /// The path: `/net.pth`.
    package let path: String
    /// First byte that is wanted, by `Range: bytes=100-`.
    package let offset: Int
    /// The fields, with names in lower case.
    package let fields: [String: String]
  }

  /// What the server answers.
  package struct Reply: Sendable {
    /// The status.
    package var status: Int
    /// The fields besides the length.
    package var fields: [String: String]
    /// The body.
    package var body: [UInt8]
    /// The length that is claimed; `nil` for none.
    package var length: Int?
    /// How many bytes of the body are sent before the connection is closed.
    package var sends: Int
    /// Bytes that are sent together, with a pause behind each.
    package var piece = Int.max
    /// Whether the body is all that is sent, without a status and fields.
    package var isRaw = false
    /// Whether the connection stays open, silent, until the client ends it.
    package var holds = false

    /// An answer that is what it says.
    package init(status: Int = 200, fields: [String: String] = [:], body: [UInt8] = []) {
      self.status = status
      self.fields = fields
      self.body = body
      length = body.count
      sends = body.count
    }

    /// A file, from the byte on that the client wants.
    package static func file(_ bytes: [UInt8], for request: Request) -> Reply {
      if request.offset == 0 { return Reply(body: bytes) }
      if request.offset >= bytes.count {
        return Reply(status: 416, fields: ["Content-Range": "bytes */\(bytes.count)"])
      }
      return Reply(
        status: 206,
        fields: ["Content-Range": "bytes \(request.offset)-\(bytes.count - 1)/\(bytes.count)"],
        body: Array(bytes[request.offset...]))
    }
  }

  private let answer: @Sendable (Request) -> Reply
  private let listener: Int32
  /// Its address: `http://127.0.0.1:12345`.
  package let address: String
  private let received = Mutex<[Request]>([])

  /// The requests so far.
  package var requests: [Request] { received.withLock(\.self) }

  /// Starts a server on a free port.
  package init(answer: @escaping @Sendable (Request) -> Reply) throws {
    self.answer = answer
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_addr.s_addr = inet_addr("127.0.0.1")
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let isListening = withUnsafeMutablePointer(to: &name) { name in
      name.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, size) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &size) == 0
      }
    }
    guard isListening else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    address = "http://127.0.0.1:\(UInt16(bigEndian: name.sin_port))"
    // The thread holds the server only while it answers.
    Thread.detachNewThread { [weak self] in
      while true {
        let connection = accept(listener, nil, nil)
        if connection < 0 { return }
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        Thread.detachNewThread { [weak self] in
          self?.serve(connection)
          close(connection)
        }
      }
    }
  }

  deinit { stop() }

  /// Refuses connections from now on.
  package func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  private func serve(_ connection: Int32) {
    guard let head = Self.head(of: connection) else { return }
    let lines = head.components(separatedBy: "\r\n")
    let words = lines[0].split(separator: " ")
    guard words.count > 1 else { return }
    let fields = Dictionary(
      lines.dropFirst().compactMap { line in
        line.firstIndex(of: ":").map {
          (line[..<$0].lowercased(), line[line.index(after: $0)...].trimmingCharacters(in: .whitespaces))
        }
      }, uniquingKeysWith: { $1 })
    let offset = fields["range"].flatMap { Int($0.filter(\.isNumber)) } ?? 0
    let request = received.withLock { requests in
      let request = Request(
        number: requests.count, path: String(words[1]), offset: offset, fields: fields)
      requests.append(request)
      return request
    }
    Self.send(answer(request), to: connection)
  }

  private static func head(of connection: Int32) -> String? {
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) {
      guard bytes.count < 1 << 16, recv(connection, &byte, 1, 0) == 1 else { return nil }
      bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func send(_ reply: Reply, to connection: Int32) {
    var head = "HTTP/1.1 \(reply.status) Reason\r\nConnection: close\r\n"
    if let length = reply.length { head += "Content-Length: \(length)\r\n" }
    for (name, value) in reply.fields { head += "\(name): \(value)\r\n" }
    guard reply.isRaw || send(Array((head + "\r\n").utf8)[...], to: connection) else { return }
    var rest = reply.body.prefix(reply.sends)
    while !rest.isEmpty {
      guard send(rest.prefix(reply.piece), to: connection) else { return }
      rest = rest.dropFirst(reply.piece)
      if !rest.isEmpty { usleep(20_000) }
    }
    if reply.holds {
      // Until the client closes.
      var byte: UInt8 = 0
      while recv(connection, &byte, 1, 0) > 0 {}
    }
  }

  private static func send(_ bytes: ArraySlice<UInt8>, to connection: Int32) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}
