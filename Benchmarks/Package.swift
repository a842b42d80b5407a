// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that building and testing Nhãn never builds its benchmarks.
let package = Package(
  name: "Benchmarks",
  dependencies: [
    .package(name: "nhan", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    .target(name: "CAllocationCount"),
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
