// swift-tools-version: 6.3
import PackageDescription

let strict: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]

let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

/// Links Swift's runtime into the command, which then starts a quarter faster: it has no libraries to look for and bind. It
/// exports nothing, so that a plugin in Swift, which brings a runtime of its own, never meets this one.
let runtimeInside = [
  "-static-stdlib", "-lCoreFoundation", "-l_FoundationCShims", "-l_FoundationCollections", "-l_FoundationICU",
  "-Xlinker", "--no-export-dynamic",
]

/// The tests in a plugin's folder. They load the library that the build has made, as the command does.
func pluginTests(_ plugin: String) -> Target {
  .testTarget(
    name: "\(plugin)Tests",
    dependencies: ["NhanCore", "NhanPlugins", "PluginTestSupport", "TestSupport", "nhan"],
    path: "Plugins/\(plugin)/Tests", swiftSettings: strict)
}

let package = Package(
  name: "Nhan",
  products: [
    .library(name: "Nhan", targets: ["Nhan"]),
    .executable(name: "nhan", targets: ["nhan"]),
    .library(name: "NhanPluginKit", targets: ["NhanPluginKit"]),
    .library(name: "NaiveBayes", type: .dynamic, targets: ["NaiveBayes"]),
    .library(name: "HTMLText", type: .dynamic, targets: ["HTMLText"]),
    .library(name: "WordSegmenter", type: .dynamic, targets: ["WordSegmenter"]),
    .library(name: "LegacyEncodings", type: .dynamic, targets: ["LegacyEncodings"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .systemLibrary(name: "CBLAS", pkgConfig: "blas", providers: [.apt(["libblas-dev"])]),
    .systemLibrary(name: "CLinux"),
    .target(name: "NhanCore", dependencies: ["CLinux"], swiftSettings: strict),
    .target(name: "NhanCorpus", dependencies: ["NhanCore", "CLinux", yams], swiftSettings: strict),
    .target(name: "NhanStages", dependencies: ["NhanCore", "CBLAS", "CLinux"], swiftSettings: strict),
    .target(name: "NhanEvaluation", dependencies: ["NhanCore"], swiftSettings: strict),
    .target(name: "CNhanPlugin"),
    .target(name: "NhanPlugins", dependencies: ["NhanCore", "CNhanPlugin", crypto], swiftSettings: strict),
    .target(name: "NhanPluginKit", dependencies: ["NhanCore", "CNhanPlugin"], swiftSettings: strict),
    .target(
      name: "NhanPipeline",
      dependencies: ["NhanCore", "NhanCorpus", "NhanStages", "NhanPlugins", "NhanEvaluation", yams, crypto],
      swiftSettings: strict),
    .target(
      name: "NhanQuality", dependencies: ["NhanCore", "NhanCorpus", "NhanStages", "NhanPipeline"],
      swiftSettings: strict),
    .testTarget(
      name: "NhanQualityTests",
      dependencies: ["NhanQuality", "NhanPipeline", "NhanCorpus", "NhanCore", "TestSupport"],
      swiftSettings: strict),
    .target(
      name: "Nhan",
      dependencies: [
        "NhanCore", "NhanCorpus", "NhanStages", "NhanPlugins", "NhanEvaluation", "NhanPipeline",
        "NhanQuality",
      ],
      swiftSettings: strict),
    .target(
      name: "NaiveBayes", dependencies: ["CNhanPlugin"], path: "Plugins/NaiveBayes/Sources",
      publicHeadersPath: "."),
    .target(
      name: "HTMLText", dependencies: ["CNhanPlugin"], path: "Plugins/HTMLText/Sources",
      publicHeadersPath: ".",
      cSettings: [.define("_GNU_SOURCE")]),
    .target(
      name: "WordSegmenter", dependencies: ["NhanPluginKit"], path: "Plugins/WordSegmenter/Sources",
      swiftSettings: strict),
    .target(
      name: "LegacyEncodings", dependencies: ["NhanPluginKit"], path: "Plugins/LegacyEncodings/Sources",
      swiftSettings: strict),
    .testTarget(
      name: "NhanStagesTests", dependencies: ["NhanCore", "NhanStages", "TestSupport"], swiftSettings: strict),
    .executableTarget(
      name: "nhan", dependencies: ["Nhan", "CLinux", argumentParser], swiftSettings: strict,
      linkerSettings: [.unsafeFlags(runtimeInside, .when(configuration: .release))]),
    // What tests of several targets share.
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
    // What tests of plugins share; these run the command and load the built libraries.
    .target(
      name: "PluginTestSupport", dependencies: ["NhanCore", "NhanPlugins", "TestSupport"],
      path: "Tests/PluginTestSupport", swiftSettings: strict),
    .testTarget(
      name: "PluginTests",
      dependencies: ["NhanCore", "NhanPlugins", "PluginTestSupport", "TestSupport", "nhan"],
      exclude: ["Fixtures"], swiftSettings: strict),
    pluginTests("HTMLText"),
    pluginTests("LegacyEncodings"),
    pluginTests("NaiveBayes"),
    pluginTests("WordSegmenter"),
    .testTarget(name: "NhanCoreTests", dependencies: ["NhanCore", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "NhanEvaluationTests", dependencies: ["NhanEvaluation", "NhanCore"], exclude: ["Fixtures"],
      swiftSettings: strict),
    // Opens the pages in Debian's `chromium`.
    .testTarget(name: "BrowserTests", dependencies: ["Nhan", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "NhanCorpusTests", dependencies: ["NhanCorpus", "NhanCore", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "NhanPipelineTests",
      dependencies: ["NhanPipeline", "NhanStages", "NhanCorpus", "NhanCore", "TestSupport", crypto],
      swiftSettings: strict),
    // Runs the command, which is why it depends on it; the golden files are read where they stand.
    .testTarget(
      name: "EndToEndTests", dependencies: ["nhan", "TestSupport"], exclude: ["Golden"], swiftSettings: strict
    ),
  ]
)
