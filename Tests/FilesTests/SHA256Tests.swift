import Files
import Support
import Testing

/// Against the examples of FIPS 180-4 and its predecessors.
@Suite struct SHA256Tests {
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func publishedDigests(message: String, digest: String) {
    #expect(Array(message.utf8).withUnsafeBytes { SHA256.digest(of: $0) } == digest)
  }

  /// A million letters, in a file that is read in pieces.
  @Test func digestOfAFile() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("letters")
    for count in [1_000_000, 1 << 20, (1 << 20) + 1] {
      let letters = [UInt8](repeating: UInt8(ascii: "a"), count: count)
      try AtomicFile.write(letters, to: path)
      let whole = letters.withUnsafeBytes { SHA256.digest(of: $0) }
      #expect(try RegularFile(path: path).sha256() == whole)
      if count == 1_000_000 {
        #expect(whole == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
      }
    }
  }
}
