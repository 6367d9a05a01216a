/// What measurements found on one CPU, as it is kept in a file.
///
/// Text in lines: `cnnzoo tuning 1`, `cpu` with the CPU, then a line for each winner with instruction set,
/// threads, problem and algorithm between tabs, and at last `end` with the number of winners and the FNV-1a
/// hash of all bytes before that line. Nothing in it is trusted: what does not fit this grammar makes the
/// whole file worthless, and an algorithm that does not exist is not taken by any plan.
package struct TuningFile: Hashable, Sendable {
  /// For what a winner holds.
  package struct Key: Hashable, Sendable {
    /// The kernels that were used: `avx2`.
    package let instructionSet: String
    /// Threads that worked.
    package let threads: Int
    /// The problem, one line of ASCII.
    package let problem: String

    /// A key from its parts.
    package init(instructionSet: String, threads: Int, problem: String) {
      self.instructionSet = instructionSet
      self.threads = threads
      self.problem = problem
    }
  }

  /// The CPU on which the measurements were made.
  package let cpu: String
  /// The fastest algorithm for each key.
  package var winners: [Key: String]

  /// What is known of a CPU.
  package init(cpu: String, winners: [Key: String] = [:]) {
    self.cpu = cpu
    self.winners = winners
  }

  /// Raised with the grammar, with the text of problems, and when kernels have become faster.
  private static let heading = "cnnzoo tuning 1"
  /// Most bytes of a file: some forty thousand winners.
  package static let maximumBytes = 8 << 20
}

extension TuningFile {
  /// The bytes of the file, the same for the same winners.
  package var bytes: [UInt8] {
    var text = "\(Self.heading)\ncpu \(cpu)\n"
    let lines = winners.map { "\($0.instructionSet)\t\($0.threads)\t\($0.problem)\t\($1)\n" }
    text += lines.sorted().joined()
    return Array((text + "end \(winners.count) \(Self.hash(text.utf8))\n").utf8)
  }

  /// Reads a file's bytes.
  ///
  /// Throws ``TuningFileError``.
  package init(_ bytes: [UInt8], cpu: String) throws(TuningFileError) {
    guard bytes.allSatisfy({ $0 == 0x09 || $0 == 0x0a || (0x20..<0x7f).contains($0) }), bytes.last == 0x0a
    else { throw .damaged(line: nil) }
    var lines = bytes.dropLast().split(separator: 0x0a, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    guard lines[0] == Self.heading else { throw .otherVersion }
    guard let end = lines.popLast()?.split(separator: " ", omittingEmptySubsequences: false),
      end.count == 3, end[0] == "end", lines.count >= 2
    else { throw .damaged(line: nil) }
    guard lines[1] == "cpu \(cpu)" else { throw .otherCPU }
    let hashed = bytes.dropLast(end.reduce(end.count) { $0 + $1.utf8.count })
    guard String(lines.count - 2) == end[1], Self.hash(hashed) == end[2] else { throw .damaged(line: nil) }

    var winners: [Key: String] = [:]
    for (index, line) in lines.enumerated().dropFirst(2) {
      let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 4, parts.allSatisfy({ !$0.isEmpty }), let threads = Int(parts[1]), threads > 0,
        winners.updateValue(
          parts[3], forKey: Key(instructionSet: parts[0], threads: threads, problem: parts[2])) == nil
      else { throw .damaged(line: index + 1) }
    }
    self.init(cpu: cpu, winners: winners)
  }

  /// FNV-1a, 64 bits, in hexadecimal: finds damage, not malice.
  private static func hash(_ bytes: some Sequence<UInt8>) -> String {
    let hash = bytes.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return String(hash, radix: 16)
  }
}

/// Why a file's winners are not used.
package enum TuningFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Not what this version of the program writes.
  case otherVersion
  /// Measured on another CPU.
  case otherCPU
  /// Larger than any that this program writes.
  case tooLarge(bytes: Int)
  /// Cut or changed; the line, counted from 1, where that is known.
  case damaged(line: Int?)

  package var description: String {
    switch self {
    case .otherVersion: "not made by this version of cnnzoo"
    case .otherCPU: "measured on another CPU"
    case .tooLarge(let bytes): "\(bytes) bytes, at most \(TuningFile.maximumBytes) expected"
    case .damaged(let line): line.map { "damaged in line \($0)" } ?? "damaged"
    }
  }
}
