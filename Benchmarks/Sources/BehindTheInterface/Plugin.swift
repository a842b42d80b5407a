import NhanPluginKit
import NhanStages

// Every built-in stage once more, unchanged, behind the interface of plugins: `plugin-unicode` and so on.
let plugin = Plugin(
  id: "behind-the-interface", version: "1.0.0",
  BuiltInStages.normalizers.map { stage in
    .normalizer(name: "plugin-" + stage.name, summary: stage.summary, options: stage.options) {
      try stage.make($0)
    }
  }
    + BuiltInStages.extractors.map { stage in
      .features(name: "plugin-" + stage.name, summary: stage.summary, options: stage.options) {
        try stage.make($0)
      }
    }
    + BuiltInStages.classifiers.map { stage in
      .classifier(name: "plugin-" + stage.name, summary: stage.summary, options: stage.options) {
        try stage.make($0)
      }
    })

/// The library's one entry: what it offers to the host.
@c @implementation
public func nhan_plugin_entry() -> UnsafePointer<nhan_plugin>! { plugin.table }
