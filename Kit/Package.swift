// swift-tools-version: 6.3
import PackageDescription

// What plugins in Swift are built with, and nothing else: no other package has to be fetched for it. The sources are those
// of the whole project; `make install` puts a copy of this folder below share/nhan.
let package = Package(
  name: "NhanPluginKit",
  products: [.library(name: "NhanPluginKit", targets: ["NhanPluginKit"])],
  targets: [
    .systemLibrary(name: "CLinux"),
    .target(name: "NhanCore", dependencies: ["CLinux"], swiftSettings: [.swiftLanguageMode(.v6)]),
    .target(name: "CNhanPlugin"),
    .target(
      name: "NhanPluginKit", dependencies: ["NhanCore", "CNhanPlugin"],
      swiftSettings: [.swiftLanguageMode(.v6)]),
  ]
)
