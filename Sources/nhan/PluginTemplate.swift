import Nhan

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The folder that `nhan plugin new` writes.
struct PluginTemplate {
  enum Language {
    case swift, c
  }

  let name: String
  let kind: StageKind
  let language: Language
  let program: String
  /// The folder of the kit: header and Swift package.
  let kit: String

  /// Checks the name and finds the kit.
  /// - Parameter kit: the kit, or a checkout of this project; `nil` to look for it around the program.
  /// - Throws: `NhanError` (usage).
  init(name: String, kind: StageKind, language: Language, program: String, kit: String?) throws(NhanError) {
    let isWord = name.utf8.allSatisfy {
      (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d
    }
    guard isWord, let first = name.utf8.first, (0x61...0x7a).contains(first), !name.hasSuffix("-") else {
      throw NhanError(
        .usage, code: "bad-name",
        "the plugin's name is '\(name)', expected lower-case letters, digits and hyphens",
        hint: "for example shout or html-tables")
    }
    let candidates = kit.map { [$0 + "/Kit", $0] } ?? Self.candidates(around: program)
    guard
      let found = candidates.first(where: {
        Self.exists($0 + "/" + Self.header) && Self.exists($0 + "/" + Self.manifest)
      })
    else {
      throw NhanError(
        .usage, code: "no-kit",
        "found no plugin kit, a folder with \(Self.header) and \(Self.manifest): neither \(candidates.joined(separator: " nor "))",
        hint: "name it with --kit: Kit in a checkout of this project, share/nhan/Kit of an installation")
    }
    self.name = name
    self.kind = kind
    self.language = language
    self.program = program
    self.kit = Self.absolute(found)
  }

  private static let header = "Sources/CNhanPlugin/include/nhan_plugin.h"
  private static let manifest = "Package.swift"

  private static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  private static func absolute(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// Where the kit may be: in the installation that the program belongs to (it lies in lib/nhan or bin), or in the checkout
  /// that it was built in.
  private static func candidates(around program: String) -> [String] {
    var folders: [String] = []
    var folder = program[...]
    while let slash = folder.lastIndex(of: "/") {
      folder = folder[..<slash]
      folders.append(String(folder))
    }
    return folders.dropFirst().prefix(2).map { $0 + "/share/nhan/Kit" }
      + folders.dropFirst().map { $0 + "/Kit" }
  }

  /// `html-tables` as a type and module: `HtmlTables`.
  var module: String {
    name.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  /// Writes the folder, which must not exist.
  /// - Throws: `NhanError` (failure).
  func write(to folder: String) throws(NhanError) {
    try make(folder)
    for (path, text) in try files() {
      var at = folder
      for part in path.split(separator: "/").dropLast() {
        at += "/" + part
        if !Self.exists(at) { try make(at) }
      }
      let file = try OutputFile(folder + "/" + path)
      try file.write(Array(text.utf8))
      try file.commit()
    }
  }

  private func make(_ folder: String) throws(NhanError) {
    if mkdir(folder, 0o777) != 0 {
      throw .system("make the folder", folder, code: "unwritable", hint: "choose another with --output")
    }
  }

  private func files() throws(NhanError) -> [(path: String, text: String)] {
    var files = [
      ("Makefile", makefile), ("README.md", readme), ("test/config.yaml", configuration),
      ("test/articles.jsonl", articles),
    ]
    switch language {
    case .swift:
      files.append(("Package.swift", package))
      files.append(("Sources/\(module)/\(module).swift", SwiftTemplate.source(name, module, kind)))
    case .c:
      let header = try InputFile.bytes(of: kit + "/" + Self.header)
      files.append(("nhan_plugin.h", String(decoding: header, as: UTF8.self)))
      files.append(("\(module).c", CTemplate.source(name, kind)))
    }
    return files
  }

  private var library: String { language == .swift ? ".build/release/lib\(module).so" : "lib\(module).so" }

  private var makefile: String {
    let build =
      language == .swift
      ? "# Without debug information the same source gives the same file, which models check.\n"
        + "build:\n\tswift build -c release -debug-info-format none\n"
      : "build: lib\(module).so\n\nlib\(module).so: \(module).c nhan_plugin.h\n"
        + "\t$(CC) -std=c11 -O2 -Wall -Wextra -Werror -shared -fPIC -o $@ \(module).c -lm\n"
    let folder = language == .swift ? ".build/release" : "."
    return """
      # The command that loads the plugin.
      NHAN ?= \(program)

      \(build)
      # Tries the plugin alone, then in a pipeline of the command.
      test: build
      \t$(NHAN) plugin check \(library)
      \t$(NHAN) train --plugins \(folder) --config test/config.yaml --data test/articles.jsonl --output test/model.safetensors
      \t$(NHAN) classify --plugins \(folder) --model test/model.safetensors test/articles.jsonl > test/tags.jsonl
      \tgrep -q '"labels":\\["sea"\\]' test/tags.jsonl

      .PHONY: build test

      """
  }

  private var package: String {
    let identity = kit.split(separator: "/").last.map(String.init) ?? ""
    return """
      // swift-tools-version: 6.3
      import PackageDescription

      let package = Package(
        name: "\(module)",
        products: [.library(name: "\(module)", type: .dynamic, targets: ["\(module)"])],
        dependencies: [.package(path: "\(kit)")],
        targets: [
          .target(name: "\(module)", dependencies: [.product(name: "NhanPluginKit", package: "\(identity)")])
        ]
      )

      """
  }

  private var readme: String {
    """
    # \(name)

    A \(kind.rawValue) plugin for nhan. `make test` builds it, tries it and uses it in a pipeline.

    """
  }

  private var configuration: String {
    let normalizers = kind == .normalizer ? "[{use: \(name)}, {use: unicode}]" : "[{use: unicode}]"
    let features =
      kind == .features
      ? "[{use: word-ngrams, minimum-documents: 1}, {use: \(name)}]"
      : "[{use: word-ngrams, minimum-documents: 1}]"
    return """
      labels: [sea, border]
      normalizers: \(normalizers)
      features: \(features)
      classifier: {use: \(kind == .classifier ? name : "logistic")}
      validation: {folds: 0}

      """
  }

  private var articles: String {
    (0..<12).map { index in
      index % 2 == 0
        ? #"{"id": "\#(index)", "text": "Tàu cá ra khơi ở vùng biển Hoàng Sa", "labels": ["sea"]}"#
        : #"{"id": "\#(index)", "text": "Cột mốc biên giới ở cửa khẩu Lạng Sơn", "labels": ["border"]}"#
    }.joined(separator: "\n") + "\n"
  }
}
