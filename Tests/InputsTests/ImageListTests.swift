import Files
import Glibc
import Inputs
import Support
import Testing

@Suite("Lists of images")
struct ImageListTests {
  /// Everything that `list` hands out, errors as their message.
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
    // Less than a pipe holds, so no reader is needed yet.
    #expect(write(ends[1], text, text.count) == text.count)
    close(ends[1])
    defer { close(ends[0]) }
    return drain(ImageList(arguments, separator: separator, list: ends[0]))
  }

  @Test("Files come in the order given, whether they exist or not")
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

  @Test("A folder without images is an error, and the rest still comes")
  func noImages() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.path
    mkdir("\(folder)/empty", 0o700)
    #expect(
      drain(ImageList([folder, "x.png"])) == [
        "error: \(folder): no image in this folder: expected files ending in .png, .jpg, .jpeg, .webp",
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

  @Test("A path that is too long is reported once, and the next one still comes")
  func longPath() {
    let long = [UInt8](repeating: 0x61, count: 5000)
    #expect(
      list(["-"], long + Array("\nb.png\n".utf8)) == [
        "error: standard input: a path is longer than 4096 bytes: give one path a line, "
          + "or separate them by NUL with -0",
        "b.png",
      ])
  }

  @Test("A path is handed out as soon as its line has arrived")
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
