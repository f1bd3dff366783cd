// swift-tools-version: 6.2
import PackageDescription

// Warnings are errors in every target of ours; dependencies keep their own settings.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource] = [],
  linked: [LinkerSetting] = []
) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, exclude: exclude, resources: resources, swiftSettings: strict,
    linkerSettings: linked)
}

// One folder each in Examples/, with a script, the same query in Swift, data and the result.
let examples = [
  "active-users", "average-order-value", "enriched-sales", "error-counts", "hourly-sales", "logins", "top-products",
  "user-sessions",
]

// What decompresses files, each by the trait that brings it.
let codecs: [Target.Dependency] = [
  .target(name: "CZlib", condition: .when(traits: ["Gzip"])), .target(name: "CZstd", condition: .when(traits: ["Zstd"])),
]

// What a connector is written with.
let connector: [Target.Dependency] = [
  "TidemillColumns", "TidemillPlan", "TidemillConnectors", "TidemillFormats", "TidemillFiles",
]

// Only builds with the trait HTTP have these.
let http: TargetDependencyCondition? = .when(traits: ["HTTP"])
let httpClient: [Target.Dependency] = [
  .product(name: "AsyncHTTPClient", package: "async-http-client", condition: http),
  .product(name: "NIOCore", package: "swift-nio", condition: http),
  .product(name: "NIOPosix", package: "swift-nio", condition: http),
  .product(name: "NIOHTTP1", package: "swift-nio", condition: http),
  .product(name: "NIOSSL", package: "swift-nio-ssl", condition: http),
]
// On Linux libpq and librdkafka are not linked: LazyLibrary loads them when they are first needed.
#if os(Linux)
  let (libpq, librdkafka): (String?, String?) = (nil, nil)
#else
  let (libpq, librdkafka): (String?, String?) = ("libpq", "rdkafka")
#endif

// Only builds with the trait Lake have these.
let lake: TargetDependencyCondition? = .when(traits: ["Lake"])
let sqlite: [Target.Dependency] = ["GRDB", "GRDBSQLite"].map {
  .product(name: $0, package: "GRDB.swift", condition: .when(traits: ["SQLite"]))
}

// Only builds with the trait Server have these.
let server: TargetDependencyCondition? = .when(traits: ["Server"])
let httpServer: [Target.Dependency] = [
  .product(name: "Hummingbird", package: "hummingbird", condition: server),
  .product(name: "HummingbirdTLS", package: "hummingbird", condition: server),
  .product(name: "NIOCore", package: "swift-nio", condition: server),
  .product(name: "NIOSSL", package: "swift-nio-ssl", condition: server),
  .product(name: "CoreMetrics", package: "swift-metrics", condition: server),
  .product(name: "ServiceLifecycle", package: "swift-service-lifecycle", condition: server),
  .product(name: "AsyncHTTPClient", package: "async-http-client", condition: server),
]

// From the bottom up: each target imports only targets above it in this list.
let package = Package(
  name: "tidemill",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Tidemill", targets: ["Tidemill"]),
    .library(name: "TidemillTesting", targets: ["TidemillTesting"]),
    .library(name: "TidemillArrow", type: .dynamic, targets: ["ArrowLibrary"]),
    .executable(name: "tidemill", targets: ["TidemillCommand"]),
    .executable(name: "tidemill-microbench", targets: ["EngineBenchmarks"]),
  ],
  // What needs a library that not every machine has. The project's own builds and tests take them all: --enable-all-traits.
  traits: [
    .trait(name: "Gzip", description: "Reads files compressed with gzip; needs zlib."),
    .trait(name: "Zstd", description: "Reads files compressed with Zstandard; needs libzstd."),
    .trait(name: "SQLite", description: "The sink USING sqlite."),
    .trait(name: "Postgres", description: "The sink USING postgres; needs libpq."),
    .trait(name: "Kafka", description: "Streams and sinks USING kafka; needs librdkafka."),
    .trait(name: "HTTP", description: "The sink USING http."),
    .trait(name: "Lake", description: "Parquet files and Delta tables; needs Apache Arrow C++."),
    .trait(name: "Server", description: "tidemill serve: HTTP interface, dashboard, metrics.", enabledTraits: ["SQLite"]),
    .default(enabledTraits: ["Gzip", "SQLite"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.81.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.30.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    library("TidemillColumns"),
    .target(name: "LazyLibrary"),
    .systemLibrary(name: "CXXHash", pkgConfig: "libxxhash", providers: [.apt(["libxxhash-dev"]), .brew(["xxhash"])]),
    .target(name: "XXHashBridge", dependencies: ["CXXHash"]),
    library("TidemillFiles", ["XXHashBridge"]),
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
    .target(name: "CByteScan"),
    library("TidemillFormats", ["TidemillColumns", "TidemillConnectors", "SimdjsonBridge", "CByteScan"]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]),
    .target(name: "CFileWindow"),
    library("FileConnector", connector + codecs + ["CFileWindow"]),
    library("LocalConnectors", connector),
    library("HTTPConnector", connector + httpClient),
    library("TableSinks", ["TidemillColumns", "TidemillPlan", "TidemillConnectors"]),
    library("SQLiteConnector", ["TidemillColumns", "TidemillPlan", "TidemillConnectors", "TableSinks"] + sqlite),
    .systemLibrary(name: "CPostgres", pkgConfig: libpq, providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),
    .target(
      name: "PostgresBridge",
      dependencies: ["LazyLibrary", .target(name: "CPostgres", condition: .when(traits: ["Postgres"]))],
      cSettings: [.define("TIDEMILL_POSTGRES", .when(traits: ["Postgres"]))]),
    library(
      "PostgresConnector",
      [
        "TidemillColumns", "TidemillPlan", "TidemillConnectors", "TableSinks", "PostgresBridge",
        .target(name: "CPostgres", condition: .when(traits: ["Postgres"])),
      ]),
    .systemLibrary(
      name: "CRdkafka", pkgConfig: librdkafka, providers: [.apt(["librdkafka-dev"]), .brew(["librdkafka"])]),
    .target(
      name: "KafkaBridge", dependencies: ["LazyLibrary", .target(name: "CRdkafka", condition: .when(traits: ["Kafka"]))],
      cSettings: [.define("TIDEMILL_KAFKA", .when(traits: ["Kafka"]))]),
    library("KafkaConnector", connector + ["KafkaBridge", .target(name: "CRdkafka", condition: .when(traits: ["Kafka"]))]),
    library("DeltaLog", ["TidemillColumns", "TidemillFiles"]),
    .systemLibrary(name: "CArrow", pkgConfig: "parquet", providers: [.brew(["apache-arrow"])]),
    // What ArrowBridge declares, linked with Apache Arrow: a library that ArrowBridge loads when it is first needed.
    .target(
      name: "ArrowLibrary", dependencies: [.target(name: "CArrow", condition: lake)], publicHeadersPath: ".",
      cxxSettings: [.headerSearchPath("../ArrowBridge/include"), .define("TIDEMILL_LAKE", .when(traits: ["Lake"]))]),
    .target(
      name: "ArrowBridge",
      cxxSettings: [.define("TIDEMILL_LAKE", .when(traits: ["Lake"]))]),
    library(
      "LakeFiles",
      [
        "TidemillColumns", "ArrowBridge",
        .product(name: "AsyncHTTPClient", package: "async-http-client", condition: lake),
        .product(name: "NIOCore", package: "swift-nio", condition: lake),
        .product(name: "NIOHTTP1", package: "swift-nio", condition: lake),
      ]),
    library("ParquetConnector", connector + ["FileConnector", "LakeFiles"]),
    library(
      "DeltaConnector",
      [
        "TidemillColumns", "TidemillPlan", "TidemillConnectors", "TidemillFiles", "TableSinks", "DeltaLog", "LakeFiles",
        "FileConnector", "ParquetConnector",
      ]),
    library(
      "TidemillViews",
      [
        "TidemillColumns", "TidemillPlan", "TidemillConnectors", "TidemillFormats", "TableSinks", "SQLiteConnector",
      ] + sqlite),
    library("TidemillStorage", ["TidemillFiles"]),
    library(
      "TidemillRuntime",
      ["TidemillColumns", "TidemillPlan", "TidemillEngine", "TidemillConnectors", "TidemillStorage", "TidemillFiles"]),
    library(
      "Tidemill",
      [
        "TidemillColumns", "TidemillPlan", "TidemillSQL", "TidemillDataFrame", "TidemillEngine", "TidemillConnectors",
        "TidemillFormats", "FileConnector", "LocalConnectors", "TidemillRuntime", "TidemillStorage", "TidemillFiles",
        "TidemillViews",
        .target(name: "HTTPConnector", condition: http),
        .target(name: "SQLiteConnector", condition: .when(traits: ["SQLite"])),
        .target(name: "PostgresConnector", condition: .when(traits: ["Postgres"])),
        .target(name: "KafkaConnector", condition: .when(traits: ["Kafka"])),
        .target(name: "ParquetConnector", condition: lake),
        .target(name: "DeltaConnector", condition: lake),
      ]),
    // The page as it is served, and the library that draws its charts: embedded when it is built.
    .target(name: "DashboardPage"),
    // What the server offers, as an OpenAPI document: embedded in the same way.
    .target(name: "InterfaceDocument"),
    library(
      "TidemillServer",
      ["Tidemill", "TidemillFormats", "TidemillFiles", "TidemillViews", "DashboardPage", "InterfaceDocument"] + httpServer
        + [.target(name: "LakeFiles", condition: lake)]),
    library("SalesData", ["TidemillColumns"]),
    .executableTarget(
      name: "TidemillCommand",
      dependencies: [
        "Tidemill", "TidemillFormats", "FileConnector", "LocalConnectors", "TidemillFiles", "SalesData",
        .target(name: "DeltaConnector", condition: lake), .target(name: "TidemillServer", condition: server),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "AsyncHTTPClient", package: "async-http-client", condition: server),
        .product(name: "NIOCore", package: "swift-nio", condition: server),
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
      exclude: ["README.md", "ecommerce", "lake"]
        + examples.flatMap { ["\($0)/README.md", "\($0)/query.sql", "\($0)/expected.json", "\($0)/data"] },
      swiftSettings: strict),
    .executableTarget(
      name: "EngineBenchmarks",
      dependencies: [
        "SalesData", "TidemillColumns", "TidemillPlan", "TidemillSQL", "TidemillEngine", "TidemillConnectors",
        "TidemillFormats",
      ],
      path: "Benchmarks/Engine", swiftSettings: strict),
    // Apart from the measurements that compare with other systems, which are scripts.
    .executableTarget(
      name: "tidemill-latency", dependencies: ["Tidemill", "TidemillFiles"], path: "Benchmarks/Latency",
      swiftSettings: strict),
    // How fast events are taken that are pushed.
    .executableTarget(name: "tidemill-push-bench", dependencies: ["Tidemill"], path: "Benchmarks/Push", swiftSettings: strict),
    // The Delta sink alone, beside another writer of Delta tables: Benchmarks/lake.py.
    .executableTarget(
      name: "tidemill-lake-bench",
      dependencies: [
        "TidemillColumns", "TidemillPlan", "TidemillConnectors", "DeltaLog", .target(name: "DeltaConnector", condition: lake),
        .target(name: "LakeFiles", condition: lake),
      ],
      path: "Benchmarks/Lake", swiftSettings: strict),
    .target(
      name: "ReferenceEngine", dependencies: ["TidemillColumns", "TidemillPlan"], path: "Tests/ReferenceEngine",
      swiftSettings: strict),
    .target(name: "ProcessTesting", path: "Tests/ProcessTesting", swiftSettings: strict),
    .target(
      name: "TableTesting",
      dependencies: ["TidemillColumns", "TidemillPlan", "TidemillConnectors", "ReferenceEngine", "ProcessTesting"],
      path: "Tests/TableTesting", swiftSettings: strict),
    .target(name: "LakeTesting", dependencies: ["ProcessTesting"], path: "Tests/LakeTesting", swiftSettings: strict),
    tests("TidemillColumnsTests", ["TidemillColumns"]),
    tests("TidemillPlanTests", ["TidemillPlan", "TidemillDataFrame"]),
    tests("TidemillSQLTests", ["TidemillSQL"]),
    tests("TidemillEngineTests", ["TidemillEngine"]),
    tests("TidemillFormatsTests", ["TidemillFormats", "CByteScan"]),
    tests("TidemillConnectorsTests", ["TidemillConnectors"]),
    tests("LazyLibraryTests", ["LazyLibrary"]),
    tests("FileConnectorTests", ["FileConnector", "LocalConnectors"] + codecs),
    .target(name: "CertificateTesting", path: "Tests/CertificateTesting", swiftSettings: strict),
    tests(
      "HTTPConnectorTests",
      [
        "CertificateTesting", "HTTPConnector", "Tidemill", "TidemillTesting", "TidemillStorage", "TidemillFiles",
        "TidemillFormats",
      ] + httpClient),
    tests("TableSinkTests", ["TableTesting", "SQLiteConnector", "PostgresConnector", "TableSinks"] + sqlite),
    tests(
      "KafkaConnectorTests",
      [
        "KafkaBridge", "TidemillColumns", "TidemillPlan", "TidemillConnectors", "TidemillFormats", "TidemillCommand",
        .target(name: "KafkaConnector", condition: .when(traits: ["Kafka"])),
        .target(name: "CRdkafka", condition: .when(traits: ["Kafka"])), "Tidemill", "TidemillRuntime", "TidemillTesting",
        "ProcessTesting",
      ],
      linked: [.linkedLibrary("rdkafka", .when(traits: ["Kafka"]))]),
    .target(
      name: "DeltaTesting", dependencies: ["DeltaLog", "DeltaConnector", "TidemillColumns", "TidemillFiles"],
      path: "Tests/DeltaTesting", swiftSettings: strict),
    tests("DeltaLogTests", ["DeltaLog", "DeltaTesting", "TidemillColumns", "TidemillFiles"]),
    tests(
      "DeltaConnectorTests",
      [
        "DeltaConnector", "DeltaLog", "DeltaTesting", "LakeTesting", "LakeFiles", "TableTesting", "ReferenceEngine", "Tidemill",
        "TidemillColumns", "TidemillPlan", "TidemillConnectors", "TidemillFiles", "TidemillCommand",
      ]),
    tests("LakeFilesTests", ["LakeFiles", "ArrowBridge", "LakeTesting", "TidemillColumns"]),
    tests(
      "ParquetConnectorTests",
      [
        "ParquetConnector", "LakeFiles", "LakeTesting", "Tidemill", "TidemillColumns", "TidemillPlan", "TidemillConnectors",
        "TidemillFiles",
      ]),
    tests(
      "TidemillViewsTests",
      ["TidemillViews", "Tidemill", "TidemillTesting", "TidemillFormats", "TableTesting", "TableSinks", "ReferenceEngine"]
        + sqlite),
    tests(
      "TidemillServerTests",
      [
        "TidemillServer", "DashboardPage", "Tidemill", "TidemillTesting", "TidemillFiles", "TidemillCommand",
        "CertificateTesting", "ProcessTesting",
        .product(name: "HummingbirdTesting", package: "hummingbird", condition: server),
        .product(name: "NIOPosix", package: "swift-nio", condition: server),
      ] + httpServer, exclude: ["Fuzzing"]),
    tests("TidemillStorageTests", ["TidemillStorage", "TidemillFiles", "ProcessTesting"]),
    tests("ReferenceEngineTests", ["ReferenceEngine"]),
    tests(
      "TidemillRuntimeTests",
      [
        "TidemillTesting", "Tidemill", "TidemillRuntime", "TidemillStorage", "TidemillFiles", "FileConnector",
        "TidemillFormats", "SQLiteConnector", "PostgresConnector", "TableTesting",
      ] + sqlite),
    tests("QueryTests", ["TidemillTesting", "TidemillDataFrame", "ReferenceEngine"], resources: [.copy("Queries")]),
    tests(
      "CommandTests",
      [
        "CertificateTesting", "TidemillCommand", "TidemillTesting", "TidemillFiles", "TableTesting",
        .target(name: "DeltaConnector", condition: lake), "DeltaLog", "LakeTesting", "ProcessTesting",
      ] + sqlite),
    tests("BenchmarkTests", ["EngineBenchmarks", "SalesData", "TidemillColumns", "Tidemill", "ProcessTesting"]),
    tests(
      "ExampleTests",
      [
        "ExampleQueries", "TidemillCommand", "TidemillTesting", "TidemillFormats", "TidemillSQL", "TidemillPlan",
        "ProcessTesting",
      ]),
  ],
  cxxLanguageStandard: .cxx20
)
