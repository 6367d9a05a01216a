import Files
import Glibc
import Inputs
import Support
import Testing

@Suite("Lists of images")
struct ImageListTests {
  /// All paths of `list`, with messages for errors.
  private func drain(_ list: ImageList) -> [String] {
    var list = list
    var found: [String] = []
    while true {
      do throws(InputError) {
        guard let path = try list.next() else { return found }
        found.append(path.text)
      } catch { found.append("error: \(error)") }
    }
  }

  private func touch(_ path: FilePath) {
    close(path.withCString { open($0, O_CREAT | O_WRONLY, 0o600) })
  }

  /// Reads `text` as standard input.
  private func list(
    _ arguments: [String], _ text: [UInt8], _ separator: ImageList.Separator = .newline
  ) -> [String] {
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    // The text fits into the pipe's buffer, so no reader is needed yet.
    #expect(write(ends[1], text, text.count) == text.count)
    close(ends[1])
    defer { close(ends[0]) }
    return drain(ImageList(arguments, separator: separator, list: ends[0]))
  }

  @Test("What somebody has still to write is not at hand")
  func atHand() throws {
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    defer { close(ends[0]) }
    var list = ImageList(["a.png", "-", "b.png"], list: ends[0])
    #expect(list.isNextAtHand)
    #expect(try list.next()?.text == "a.png")
    #expect(!list.isNextAtHand)
    #expect(write(ends[1], "c.png\nd.png\n", 12) == 12)
    for path in ["c.png", "d.png"] {
      #expect(list.isNextAtHand)
      #expect(try list.next()?.text == path)
    }
    #expect(!list.isNextAtHand)
    close(ends[1])
    #expect(list.isNextAtHand)
    #expect(try list.next()?.text == "b.png")
  }

  @Test("Images are counted as they will come, with those that cannot be read")
  func counted() throws {
    let temporary = try TemporaryFolder()
    for name in ["a.png", "b.jpg", "c.txt"] { touch(FilePath("\(temporary.path)/\(name)")) }
    #expect(ImageList.count([temporary.path, "/no/such.png"]) == 3)
    #expect(ImageList.count([temporary.path, "-"]) == nil)
  }

  @Test("Files keep the given order, whether they exist or not")
  func files() {
    #expect(drain(ImageList(["b.png", "a.txt", "/nowhere/c.jpg"])) == ["b.png", "a.txt", "/nowhere/c.jpg"])
  }

  @Test("A folder stands for its images and those below, ordered by bytes")
  func folder() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.path
    mkdir("\(folder)/b", 0o700)
    mkdir("\(folder)/.hidden", 0o700)
    symlink(folder, "\(folder)/loop")
    for name in ["c.JPG", "a10.png", "a2.webp", "note.txt", ".x.png", "b/z.jpeg", ".hidden/y.png", "png"] {
      touch(FilePath("\(folder)/\(name)"))
    }
    let expected = ["a10.png", "a2.webp", "b/z.jpeg", "c.JPG"].map { "\(folder)/\($0)" }
    #expect(drain(ImageList([folder])) == expected)
    #expect(drain(ImageList([folder + "/", "last.png"])) == expected + ["last.png"])
  }

  @Test("Skipped files are counted by extension, but not those that systems create")
  func skipped() throws {
    let temporary = try TemporaryFolder()
    for name in [
      "a.png", "b.HEIC", "c.heic", "d/e.heic", "d/f.txt", "README", "Thumbs.db", "desktop.ini", ".DS_Store",
      "__MACOSX/._a.png", "__MACOSX/g.txt", ".hidden/h.txt",
    ] {
      try temporary.write("", to: name)
    }
    var list = ImageList([temporary.path])
    while try list.next() != nil {}
    #expect(list.skipped.counts == ["heic": 3, "txt": 1, "": 1])
    #expect(list.skipped.total == 5)
    #expect("\(list.skipped)" == "3 .heic, 1 without an extension, 1 .txt")
  }

  @Test("Links are followed, and no folder is visited twice")
  func links() throws {
    let temporary = try TemporaryFolder()
    let elsewhere = try TemporaryFolder()
    for name in ["p.png", "deep/q.png"] { try elsewhere.write("", to: name) }
    try temporary.write("", to: "a/x.png")
    let folder = temporary.path
    symlink("\(folder)/a/x.png", "\(folder)/link.png")
    symlink("\(folder)/nowhere", "\(folder)/broken.png")
    symlink(elsewhere.path, "\(folder)/b")
    symlink(elsewhere.path, "\(folder)/c")
    symlink(folder, "\(elsewhere.path)/deep/back")
    let expected = ["a/x.png", "b/deep/q.png", "b/p.png", "broken.png", "link.png"].map { "\(folder)/\($0)" }
    #expect(drain(ImageList([folder])) == expected)
    // Each argument is a walk of its own.
    #expect(drain(ImageList([folder, "\(folder)/a"])) == expected + ["\(folder)/a/x.png"])
  }

  @Test("A name that is not UTF-8 can be opened")
  func rawBytes() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.path
    let path = FilePath(folder).appending([0x66, 0xfc, 0xff] + Array(".png".utf8))
    touch(path)
    var list = ImageList([folder])
    let found = try #require(try list.next())
    #expect(found == path)
    #expect(try RegularFile(found).size == 0)
  }

  @Test("A folder without images is an error, and the list continues")
  func noImages() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.path
    mkdir("\(folder)/empty", 0o700)
    #expect(
      drain(ImageList([folder, "x.png"])) == [
        "error: \(folder): no image in this folder: expected files ending in .png, .jpg, .jpeg, .jpe, .jfif, "
          + ".webp, .tif, .tiff, .gif, .bmp, .pbm, .pgm, .ppm, .pnm",
        "x.png",
      ])
  }

  @Test("A dash reads paths, by line or by NUL")
  func standardInput() {
    #expect(list(["-"], Array("a.png\n\nb c.png\nlast.png".utf8)) == ["a.png", "b c.png", "last.png"])
    #expect(list(["-"], Array("a.png\0b\nc.png\0".utf8), .nul) == ["a.png", "b\nc.png"])
    #expect(list(["x.png", "-", "y.png"], Array("a.png\n".utf8)) == ["x.png", "a.png", "y.png"])
    #expect(list(["-"], []).isEmpty)
  }

  @Test("Lists from other systems: byte order mark, carriage returns, blanks and blank lines")
  func listsFromElsewhere() throws {
    let mark: [UInt8] = [0xef, 0xbb, 0xbf]
    #expect(list(["-"], mark + Array("a.png\r\n\r\n  \r\nb c.png \t\r\n\n".utf8)) == ["a.png", "b c.png"])
    #expect(list(["-"], Array("a.png\n".utf8) + mark + Array("b.png\n".utf8)) == ["a.png", "\u{feff}b.png"])
    #expect(list(["-"], Array(" a.png\n".utf8)) == [" a.png"])
    // The name of a file that exists is used as it is.
    let temporary = try TemporaryFolder()
    let odd = try temporary.write("", to: "odd.png \r")
    #expect(list(["-"], Array("\(odd)\n\(odd)\r\n".utf8)) == [odd, temporary.path("odd.png")])
    // Between NULs nothing is removed.
    #expect(list(["-"], mark + Array("a.png\r\0 \0".utf8), .nul) == ["\u{feff}a.png\r", " "])
  }

  @Test("A path that is too long is reported once, and the list continues")
  func longPath() {
    let long = [UInt8](repeating: 0x61, count: 5000)
    #expect(
      list(["-"], long + Array("\nb.png\n".utf8)) == [
        "error: standard input: a path is longer than 4096 bytes: give one path a line, "
          + "or separate them by NUL with -0",
        "b.png",
      ])
  }

  @Test("A path is returned as soon as its line has arrived")
  func streaming() throws {
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    defer { ends.forEach { close($0) } }
    var list = ImageList(["-"], list: ends[0])
    for name in ["a.png", "b.png"] {
      #expect(write(ends[1], name + "\n", 6) == 6)
      #expect(try list.next()?.text == name)
    }
  }
}
