// swift-tools-version: 6.2
import PackageDescription

// Warnings are errors in every target of ours; dependencies keep their own settings.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
  .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

// One folder each in Examples/, with a script, the same query in Swift, data and the result.
let examples = [
  "active-users", "average-order-value", "error-counts", "hourly-sales", "logins", "top-products", "user-sessions",
]

// What a connector is written with.
let connector: [Target.Dependency] = [
  "TidemillColumns", "TidemillPlan", "TidemillConnectors", "TidemillFormats", "TidemillFiles",
]

// From the bottom up: each target imports only targets above it in this list.
let package = Package(
  name: "tidemill",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Tidemill", targets: ["Tidemill"]),
    .library(name: "TidemillTesting", targets: ["TidemillTesting"]),
    .executable(name: "tidemill", targets: ["TidemillCommand"]),
  ],
  // What needs a library of its own to build. The project's own builds and tests take them all: --enable-all-traits.
  traits: [
    .trait(name: "Kafka", description: "Streams and sinks USING kafka; needs librdkafka")
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
  ],
  targets: [
    library("TidemillColumns"),
    library("TidemillFiles"),
    library("TidemillPlan", ["TidemillColumns"]),
    library("TidemillSQL", ["TidemillPlan", "TidemillColumns"]),
    library("TidemillDataFrame", ["TidemillPlan", "TidemillColumns"]),
    library(
      "TidemillEngine",
      ["TidemillColumns", "TidemillPlan", .product(name: "HeapModule", package: "swift-collections")]),
    library("TidemillConnectors", ["TidemillColumns", "TidemillPlan"]),
    .systemLibrary(
      name: "CSimdjson", pkgConfig: "simdjson", providers: [.apt(["libsimdjson-dev"]), .brew(["simdjson"])]),
    .target(name: "SimdjsonBridge", dependencies: ["CSimdjson"]),
    library("TidemillFormats", ["TidemillColumns", "TidemillConnectors", "SimdjsonBridge"]),
    library("FileConnector", connector),
    library("LocalConnectors", connector),
    .systemLibrary(
      name: "CRdkafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"]), .brew(["librdkafka"])]),
    .target(
      name: "KafkaBridge", dependencies: [.target(name: "CRdkafka", condition: .when(traits: ["Kafka"]))],
      cSettings: [.define("TIDEMILL_KAFKA", .when(traits: ["Kafka"]))]),
    library("KafkaConnector", connector + ["KafkaBridge", .target(name: "CRdkafka", condition: .when(traits: ["Kafka"]))]),
    library("TidemillStorage", ["TidemillFiles"]),
    library(
      "TidemillRuntime",
      ["TidemillColumns", "TidemillPlan", "TidemillEngine", "TidemillConnectors", "TidemillStorage", "TidemillFiles"]),
    library(
      "Tidemill",
      [
        "TidemillColumns", "TidemillPlan", "TidemillSQL", "TidemillDataFrame", "TidemillConnectors", "TidemillFormats",
        "FileConnector", "LocalConnectors", "TidemillRuntime", "TidemillStorage", "TidemillFiles",
        .target(name: "KafkaConnector", condition: .when(traits: ["Kafka"])),
      ]),
    .executableTarget(
      name: "TidemillCommand",
      dependencies: [
        "Tidemill", "TidemillFormats", "LocalConnectors", "TidemillFiles",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    library(
      "TidemillTesting",
      [
        "Tidemill", "TidemillColumns", "TidemillPlan", "TidemillSQL", "TidemillEngine", "TidemillConnectors", "TidemillFormats",
        "TidemillRuntime", "TidemillStorage", "TidemillFiles",
      ]),
    .executableTarget(
      name: "ExampleQueries", dependencies: ["Tidemill"], path: "Examples",
      exclude: ["README.md"]
        + examples.flatMap { ["\($0)/README.md", "\($0)/query.sql", "\($0)/expected.json", "\($0)/data"] },
      swiftSettings: strict),
    .target(
      name: "ReferenceEngine", dependencies: ["TidemillColumns", "TidemillPlan"], path: "Tests/ReferenceEngine",
      swiftSettings: strict),
    tests("TidemillColumnsTests", ["TidemillColumns"]),
    tests("TidemillPlanTests", ["TidemillPlan", "TidemillDataFrame"]),
    tests("TidemillSQLTests", ["TidemillSQL"]),
    tests("TidemillEngineTests", ["TidemillEngine"]),
    tests("TidemillFormatsTests", ["TidemillFormats"]),
    tests("TidemillConnectorsTests", ["TidemillConnectors"]),
    tests("FileConnectorTests", ["FileConnector", "LocalConnectors"]),
    tests(
      "KafkaConnectorTests",
      [
        "KafkaBridge", "TidemillColumns", "TidemillPlan", "TidemillConnectors", "TidemillFormats", "TidemillCommand",
        .target(name: "KafkaConnector", condition: .when(traits: ["Kafka"])),
        .target(name: "CRdkafka", condition: .when(traits: ["Kafka"])), "Tidemill", "TidemillRuntime", "TidemillTesting",
      ]),
    tests("TidemillStorageTests", ["TidemillStorage", "TidemillFiles"]),
    tests("ReferenceEngineTests", ["ReferenceEngine"]),
    tests(
      "TidemillRuntimeTests",
      [
        "TidemillTesting", "Tidemill", "TidemillRuntime", "TidemillStorage", "TidemillFiles", "FileConnector",
        "TidemillFormats",
      ]),
    tests("QueryTests", ["TidemillTesting", "TidemillDataFrame", "ReferenceEngine"], resources: [.copy("Queries")]),
    tests("CommandTests", ["TidemillCommand", "TidemillTesting", "TidemillFiles"]),
    tests(
      "ExampleTests",
      ["ExampleQueries", "TidemillCommand", "TidemillTesting", "TidemillFormats", "TidemillSQL", "TidemillPlan"]),
  ],
  cxxLanguageStandard: .cxx17
)
