// swift-tools-version: 6.3
import PackageDescription

// A package of its own, so that building and testing Nhãn never builds its benchmarks.
let package = Package(
  name: "Benchmarks",
  products: [.library(name: "BehindTheInterface", type: .dynamic, targets: ["BehindTheInterface"])],
  dependencies: [
    .package(name: "nhan", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    .target(name: "CAllocationCount"),
    .target(
      name: "BehindTheInterface",
      dependencies: [
        .product(name: "Nhan", package: "nhan"), .product(name: "NhanPluginKit", package: "nhan"),
      ],
      swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]),
    .executableTarget(
      name: "nhan-benchmarks",
      dependencies: [
        "CAllocationCount",
        .product(name: "Nhan", package: "nhan"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]),
  ]
)
