import NhanPluginKit

let plugin = Plugin(
  id: "word-segmenter", version: "1.0.0",
  [
    .features(
      name: "words",
      summary: "words of several syllables, found in the training texts by the association of neighbours",
      options: WordSegmenter.options
    ) { WordSegmenter($0) }
  ])

/// The library's one entry: what it offers to the host.
@c @implementation
public func nhan_plugin_entry() -> UnsafePointer<nhan_plugin>! { plugin.table }
