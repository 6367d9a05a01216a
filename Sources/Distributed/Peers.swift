#if MPI
  import Glibc

  /// The processes of a job: on which host each runs, and under which number of the system.
  struct Peers {
    /// Bytes of a process in the table: its number, and the name of its host.
    static let bytes = 72

    private let processes: [(host: String, identifier: Int32)]
    private let rank: Int

    /// The bytes of this process.
    static var own: [UInt8] {
      var bytes = withUnsafeBytes(of: getpid()) { Array($0) } + hostName.utf8.prefix(63)
      bytes += [UInt8](repeating: 0, count: Peers.bytes - bytes.count)
      return bytes
    }

    /// What the system calls this host.
    static var hostName: String {
      var name = [CChar](repeating: 0, count: 256)
      guard gethostname(&name, name.count - 1) == 0 else { return "?" }
      return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The processes in a table that each has filled in, seen from one of them.
    init(_ table: [UInt8], rank: Int) {
      self.rank = rank
      processes = stride(from: 0, to: table.count, by: Peers.bytes).map { start in
        let row = table[start..<start + Peers.bytes]
        let identifier = row.withUnsafeBytes { $0.loadUnaligned(as: Int32.self) }
        return (String(decoding: row.dropFirst(4).prefix { $0 != 0 }, as: UTF8.self), identifier)
      }
    }

    /// Tells a process that another one of its host is about to end all; ignored by whoever does not expect it.
    static let abortSignal = SIGURG

    /// Tells the other processes of this host that this one is about to end all.
    func expectAbort() {
      for (index, process) in processes.enumerated()
      where index != rank && process.host == processes[rank].host {
        kill(process.identifier, Peers.abortSignal)
      }
    }

    /// The host of each process.
    var hosts: [String] { processes.map(\.host) }

    /// A process of this host that has ended, and whether this process is the one to say so: the first that lives.
    var ended: (name: String, isOursToSay: Bool)? {
      let here = processes.indices.filter { processes[$0].host == processes[rank].host }
      guard let gone = here.first(where: { !isAlive(processes[$0].identifier) }) else { return nil }
      let name = "process \(gone + 1) of \(processes.count) on \(processes[gone].host)"
      return (name, here.first { isAlive(processes[$0].identifier) } == rank)
    }

    /// Whether a process runs; one that its parent has not waited for yet does not.
    private func isAlive(_ identifier: Int32) -> Bool {
      guard let file = fopen("/proc/\(identifier)/stat", "r") else { return false }
      defer { fclose(file) }
      var bytes = [UInt8](repeating: 0, count: 512)
      let count = fread(&bytes, 1, bytes.count, file)
      // `123 (name) S …`; the name may have parentheses.
      guard let end = bytes[..<count].lastIndex(of: UInt8(ascii: ")")), end + 2 < count else { return false }
      return ![UInt8(ascii: "Z"), UInt8(ascii: "X")].contains(bytes[end + 2])
    }
  }
#endif
