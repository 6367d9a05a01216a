import Foundation
import Support
import Testing

/// What the shell scripts print and write.
@Suite struct ScriptTests {
  /// The statuses in CLI.md, with their meanings.
  private func statuses() throws -> [(status: String, meaning: String)] {
    try Repository.text("CLI.md").matches(of: #/(?m)^\| ([0-9, ]+) \| (.+) \|$/#).map {
      (String($0.1), String($0.2))
    }
  }

  /// One page for the program and one for each subcommand, with all options and all exit statuses.
  @Test func everyCommandHasAManPage() throws {
    let folder = try TemporaryFolder()
    let made = try CommandRun.shell("scripts/manual \"$(command -v cnnzoo)\" '\(folder.path)'")
    #expect(made.status == 0 && made.errors.isEmpty, "\(made.errors)")
    let statuses = try statuses()
    #expect(statuses.count == 10)
    let help = try CommandRun.cnnzoo("help").output
    let commands = help.matches(of: #/(?m)^  ([a-z]+)  +[A-Z]/#).map { String($0.1) }
    #expect(commands.count >= 12)
    for command in [""] + commands {
      let page = try String(
        contentsOfFile: folder.path("cnnzoo\(command.isEmpty ? "" : "-\(command)").1"), encoding: .utf8)
      let text = page.replacing("\\-", with: "-").replacing("\\e", with: "\\")
      #expect(text.contains("\n.SH NAME\ncnnzoo\(command.isEmpty ? "" : "-\(command)") - "), "\(command)")
      let commandHelp = command.isEmpty ? help : try CommandRun.cnnzoo("help", command).output
      let options = commandHelp.matches(of: #/(?m)^  (-[^ \n]+)/#).map { String($0.1) }
      #expect(!options.isEmpty)
      for option in options { #expect(text.contains("\n.TP\n\\fB\(option)"), "\(command) \(option)") }
      for (status, meaning) in statuses {
        #expect(text.contains("\n.TP\n\\fB\(status)\\fR\n\(meaning)\n"), "\(command) \(status)")
      }
      let others = ([""] + commands.map { "-\($0)" }).filter { $0 != "-\(command)" && $0 != command }
      #expect(
        text.hasSuffix(
          "\n.SH SEE ALSO\n.BR \(others.map { "cnnzoo\($0) (1)" }.joined(separator: ",\n.BR "))\n"))
      // Help that the script did not take apart would stand there as it is.
      #expect(!text.contains("OPTIONS:") && !text.contains("USAGE:") && !text.contains("          "))
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == commands.count + 1)
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/man") else {
      return print("Skipped: man is not installed, so the pages are not rendered.")
    }
    let rendered = try CommandRun.shell(
      "for page in '\(folder.path)'/*.1; do man --warnings -E UTF-8 -l \"$page\"; done",
      environment: ["LC_ALL": "C.UTF-8", "MANWIDTH": "80"])
    #expect(rendered.status == 0 && rendered.errors.isEmpty, "\(rendered.errors)")
    #expect(rendered.output.contains("CNNZOO-INFER(1)") && rendered.output.contains("EXIT STATUS"))
  }

  /// A website is made only if every link and every section that one names exists.
  @Test func brokenLinksAreFound() throws {
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/cmark-gfm") else {
      return print("Skipped: cmark-gfm is not installed, so no website is made.")
    }
    let folder = try TemporaryFolder()
    for page in ["CLI.md", "CHANGELOG.md", "docs/architecture.md", "docs/tutorials/README.md"] {
      try folder.write("# Title\n\n## Twice\n\n## Twice\n", to: page)
    }
    try folder.write("# Zoo\n\n![drawing](drawing.svg)\n", to: "docs/zoo/README.md")
    try folder.write("<svg xmlns=\"http://www.w3.org/2000/svg\"/>", to: "docs/zoo/drawing.svg")
    let style = try Repository.text("scripts/lib/site.css")
    try folder.write(style, to: "scripts/lib/site.css")
    func make(_ home: String) throws -> CommandRun {
      try folder.write("# Home\n\n\(home)\n", to: "README.md")
      return try CommandRun.shell(
        "site=$PWD/scripts/lib/site.py; cd '\(folder.path)' && python3 \"$site\" site",
        environment: ["LC_ALL": "C.UTF-8"])
    }
    let good = try make("[a](CLI.md#twice-1) [b](docs/zoo) [c](https://example.org/nowhere#x)")
    #expect(good.status == 0, "\(good.errors)")
    let home = try String(contentsOfFile: folder.path("site/index.html"), encoding: .utf8)
    #expect(home.contains("href=\"CLI.html#twice-1\"") && home.contains("href=\"docs/zoo/index.html\""))
    #expect(FileManager.default.fileExists(atPath: folder.path("site/docs/zoo/drawing.svg")))
    let bad = try make("[a](nowhere.md) [b](CLI.md#thrice) [c](../outside.md) ![d](missing.png)")
    #expect(bad.status == 65)
    for link in ["nowhere.md", "CLI.md#thrice", "../outside.md", "missing.png"] {
      #expect(bad.errors.contains("README.md: \(link)"), "\(bad.errors)")
    }
  }

  /// Programs that stand for Debian's: nothing is installed, and apt knows packages only after an update.
  private func bareMachine(updateFails: Bool = false) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let state = folder.path("updated")
    let programs = [
      "dpkg-query": "echo 'no packages found' >&2; exit 1",
      "sudo": "exec \"$@\"",
      "apt-get": """
      case $1 in
        update) \(updateFails ? "echo 'E: no network' >&2; exit 100" : "touch '\(state)'; echo 'Hit:1 mirror'");;
        install) [ -e '\(state)' ] || { echo 'E: Unable to locate package libpng-dev' >&2; exit 100; }; echo 'Setting up';;
      esac
      """,
    ]
    for (name, text) in programs {
      try folder.write(Array("#!/bin/sh\n\(text)\n".utf8), to: "bin/\(name)")
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: folder.path("bin/\(name)"))
    }
    return folder
  }

  private func requirePackages(on machine: TemporaryFolder) throws -> CommandRun {
    try CommandRun.shell(
      "PATH='\(machine.path)/bin':$PATH sh -c 'set -eu; . scripts/lib/setup.sh; require_packages libpng-dev' scripts/run"
    )
  }

  /// A machine that has never updated its lists of packages is told in one line what is installed, and nothing else.
  @Test func installsQuietlyOnABareMachine() throws {
    let run = try requirePackages(on: bareMachine())
    #expect(run.status == 0)
    #expect(run.output.isEmpty && run.errors == "Installing: libpng-dev\n", "\(run.errors)")
  }

  /// Without a network, what apt said first and what is missing.
  @Test func saysWhatCouldNotBeInstalled() throws {
    let run = try requirePackages(on: bareMachine(updateFails: true))
    #expect(run.status != 0)
    #expect(run.errors.contains("E: no network") && run.errors.hasSuffix("Could not install: libpng-dev\n"))
  }
}
