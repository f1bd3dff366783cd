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

let sqlite: [Target.Dependency] = ["GRDB", "GRDBSQLite"].map {
  .product(name: $0, package: "GRDB.swift", condition: .when(traits: ["SQLite"]))
}

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
    .trait(name: "SQLite", description: "The sink USING sqlite"),
    .trait(name: "Postgres", description: "The sink USING postgres; needs libpq"),
    .default(enabledTraits: ["SQLite"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
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
    library("TableSinks", ["TidemillColumns", "TidemillPlan", "TidemillConnectors"]),
    library("SQLiteConnector", ["TidemillColumns", "TidemillPlan", "TidemillConnectors", "TableSinks"] + sqlite),
    .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),
    library(
      "PostgresConnector",
      [
        "TidemillColumns", "TidemillPlan", "TidemillConnectors", "TableSinks",
        .target(name: "CPostgres", condition: .when(traits: ["Postgres"])),
      ]),
    library("TidemillStorage", ["TidemillFiles"]),
    library(
      "TidemillRuntime",
      ["TidemillColumns", "TidemillPlan", "TidemillEngine", "TidemillConnectors", "TidemillStorage", "TidemillFiles"]),
    library(
      "Tidemill",
      [
        "TidemillColumns", "TidemillPlan", "TidemillSQL", "TidemillDataFrame", "TidemillConnectors", "TidemillFormats",
        "FileConnector", "LocalConnectors", "TidemillRuntime", "TidemillStorage", "TidemillFiles",
        .target(name: "SQLiteConnector", condition: .when(traits: ["SQLite"])),
        .target(name: "PostgresConnector", condition: .when(traits: ["Postgres"])),
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
    .target(
      name: "TableTesting", dependencies: ["TidemillColumns", "TidemillPlan", "TidemillConnectors", "ReferenceEngine"],
      path: "Tests/TableTesting", swiftSettings: strict),
    tests("TidemillColumnsTests", ["TidemillColumns"]),
    tests("TidemillPlanTests", ["TidemillPlan", "TidemillDataFrame"]),
    tests("TidemillSQLTests", ["TidemillSQL"]),
    tests("TidemillEngineTests", ["TidemillEngine"]),
    tests("TidemillFormatsTests", ["TidemillFormats"]),
    tests("TidemillConnectorsTests", ["TidemillConnectors"]),
    tests("FileConnectorTests", ["FileConnector", "LocalConnectors"]),
    tests("TableSinkTests", ["TableTesting", "SQLiteConnector", "PostgresConnector", "TableSinks"] + sqlite),
    tests("TidemillStorageTests", ["TidemillStorage", "TidemillFiles"]),
    tests("ReferenceEngineTests", ["ReferenceEngine"]),
    tests(
      "TidemillRuntimeTests",
      [
        "TidemillTesting", "Tidemill", "TidemillRuntime", "TidemillStorage", "TidemillFiles", "FileConnector",
        "TidemillFormats", "SQLiteConnector", "PostgresConnector", "TableTesting",
      ] + sqlite),
    tests("QueryTests", ["TidemillTesting", "TidemillDataFrame", "ReferenceEngine"], resources: [.copy("Queries")]),
    tests("CommandTests", ["TidemillCommand", "TidemillTesting", "TidemillFiles"] + sqlite),
    tests(
      "ExampleTests",
      ["ExampleQueries", "TidemillCommand", "TidemillTesting", "TidemillFormats", "TidemillSQL", "TidemillPlan"]),
  ],
  cxxLanguageStandard: .cxx17
)
