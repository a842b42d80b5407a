import NhanPluginKit

let plugin = Plugin(
  id: "legacy-encodings", version: "1.0.0",
  [
    .normalizer(
      name: "legacy-encodings",
      summary: "converts TCVN3 (ABC), VNI, VIQR and Windows-1258 text to Unicode, by evidence a document",
      options: LegacyNormalizer.options
    ) { LegacyNormalizer($0) }
  ])

/// The library's one entry: what it offers to the host.
@c @implementation
public func nhan_plugin_entry() -> UnsafePointer<nhan_plugin>! { plugin.table }
