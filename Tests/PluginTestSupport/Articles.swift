/// Articles of two kinds that any pipeline can tell apart.
package enum Articles {
  /// The texts: even ones on the sea, odd ones on the border.
  package static let texts = (0..<24).map { index in
    index % 2 == 0
      ? "Tàu cá số \(index) ra khơi ở vùng biển Hoàng Sa"
      : "Cột mốc số \(index) của biên giới ở cửa khẩu Lạng Sơn"
  }
  /// The labels of each.
  package static let labels = (0..<24).map { $0 % 2 == 0 ? "sea" : "border" }
  /// As JSON lines.
  package static let lines = lines { $0 }

  /// As JSON lines, each text changed in some way that needs no escapes in JSON.
  package static func lines(_ change: (String) -> String) -> String {
    texts.indices.map {
      #"{"id": "\#($0)", "text": "\#(change(texts[$0]))", "labels": ["\#(labels[$0])"]}"#
    }.joined(separator: "\n")
  }
}

extension Scratch {
  /// Trains with the configuration in a plugin's folder, then tags the same articles.
  /// - Returns: what `nhan classify` gave.
  package func useConfiguration(of plugin: String, articles: String = Articles.lines) throws -> RunResult {
    let data = try write(articles, to: "articles.jsonl")
    let trained = try run([
      Paths.command, "train", "--config", "\(Paths.root)/Plugins/\(plugin)/config.yaml", "--data", data,
      "--output", file("model"),
    ])
    guard trained.status == 0 else { throw Failed(trained.errors) }
    return try run([Paths.command, "classify", "--model", file("model"), data])
  }
}
