import Session
import Support
import Testing

/// Names of classes in the forms in which people keep them.
@Suite struct LabelListTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func names(_ text: String, classes: Int) throws -> [String] {
    try LabelList(path: folder.write(text, to: "labels.txt"), classes: classes).names
  }

  @Test(arguments: [
    "tench\ngoldfish, Carassius\n", "tench\r\ngoldfish, Carassius", "\u{feff}tench\ngoldfish, Carassius\n",
    "n01440764 tench\nn01443537\tgoldfish, Carassius\n", #"["tench", "goldfish, Carassius"]"#,
    "['tench',\n 'goldfish, Carassius',]\n", "{0: 'tench',\n 1: \"goldfish, Carassius\"}",
    #"{"1": "goldfish, Carassius", "0": "tench"}"#, #"{"tench": 0, "goldfish, Carassius": 1}"#,
    #"{"0": ["n01440764", "tench"], "1": ["n01443537", "goldfish, Carassius"]}"#,
  ])
  func formsOfOneList(text: String) throws {
    #expect(try names(text, classes: 2) == ["tench", "goldfish, Carassius"], "\(text)")
  }

  /// What is not such a form as a whole is a list of lines.
  @Test func anythingElseIsLines() throws {
    #expect(try names("{0}\n[b]\n", classes: 2) == ["{0}", "[b]"])
    #expect(try names("n01440764\nn01443537\n", classes: 2) == ["n01440764", "n01443537"])
    #expect(try names("n01440764 tench\nshark\n", classes: 2) == ["n01440764 tench", "shark"])
    #expect(try names("a\n\nc\n", classes: 3) == ["a", "", "c"])
    #expect(try names(#"['Wilson\'s warbler', 'b\\c']"#, classes: 2) == ["Wilson's warbler", #"b\c"#])
  }

  @Test(arguments: ["{0: 'a', 2: 'b'}", "{0: 'a', 0: 'b'}", "['a']", "{}", "[]", ""])
  func incompleteListsAreErrors(text: String) throws {
    #expect(throws: SessionError.self) { try names(text, classes: 2) }
  }
}
