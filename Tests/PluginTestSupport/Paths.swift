import NhanPlugins

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Where things are.
package enum Paths {
  /// The root of the checkout.
  package static let root: String = {
    // This file is Tests/PluginTestSupport/Paths.swift.
    var root = #filePath[...]
    for _ in 0..<3 { root = root[..<root.lastIndex(of: "/")!] }
    return String(root)
  }()
  /// Sources of plugins with one thing wrong each.
  package static let fixtures = root + "/Tests/PluginTests/Fixtures"
  /// The folder of the interface's header.
  package static let header = root + "/Sources/CNhanPlugin/include"
  /// The folder of the built command and plugins: that of the test runner.
  package static let products: String = {
    var folder = PluginSearch.program[...]
    while let slash = folder.lastIndex(of: "/") {
      folder = folder[..<slash]
      if access(folder + "/nhan", X_OK) == 0 { return String(folder) }
    }
    return ""
  }()
  /// The command.
  package static let command = products + "/nhan"
  /// The library of a plugin.
  package static func plugin(_ module: String) -> String { products + "/lib\(module).so" }
}

extension PluginProbe {
  /// As the command looks at plugins.
  package static let ofCommand = PluginProbe(command: [Paths.command, "plugin", "probe"])
}
