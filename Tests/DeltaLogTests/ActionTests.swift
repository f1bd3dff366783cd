import TidemillColumns
import Testing

@testable import DeltaLog

@Suite struct ActionTests {
  /// A commit as Spark writes it.
  private let commit = """
    {"commitInfo":{"timestamp":1709290800000,"operation":"WRITE","operationParameters":{"mode":"Append","partitionBy":"[\\"d\\"]"},"readVersion":4,"isolationLevel":"Serializable","isBlindAppend":true,"operationMetrics":{"numFiles":"1"},"engineInfo":"Apache-Spark/3.5.0 Delta-Lake/3.1.0","txnId":"c0ffee"}}
    {"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["timestampNtz"],"writerFeatures":["timestampNtz","appendOnly"]}}
    {"metaData":{"id":"5fba94ed","name":null,"description":"sums","format":{"provider":"parquet","options":{}},"schemaString":"{\\"type\\":\\"struct\\",\\"fields\\":[{\\"name\\":\\"n\\",\\"type\\":\\"long\\",\\"nullable\\":true,\\"metadata\\":{}}]}","partitionColumns":["d"],"configuration":{"delta.appendOnly":"true"},"createdTime":1709290800000}}
    {"txn":{"appId":"hourly","version":7,"lastUpdated":1709290800001}}
    {"add":{"path":"d=a%20b/part-0.parquet","partitionValues":{"d":"a b","e":null},"size":841,"modificationTime":1512909768000,"dataChange":true,"stats":"{\\"numRecords\\":3}","tags":{"k":"v"}}}
    {"remove":{"path":"old.parquet","deletionTimestamp":1515488792485,"dataChange":false,"extendedFileMetadata":true,"partitionValues":{"d":null},"size":10}}
    {"domainMetadata":{"domain":"delta.x","configuration":"{}","removed":false}}

    {"cdc":{"path":"_change_data/x.parquet","partitionValues":{},"size":1,"dataChange":false}}
    """

  @Test func actionsAreReadAsTheyStand() throws {
    let actions = try DeltaAction.read(Array(commit.utf8))
    #expect(actions.count == 7)
    guard case .add(let add) = actions[4], case .remove(let remove) = actions[5], case .metadata(let metadata) = actions[2]
    else { throw MalformedAction("other actions") }
    #expect(add.path == "d=a%20b/part-0.parquet" && add.partitionValues == ["d": "a b", "e": nil] && add.rowCount == 3)
    #expect(add.tags == ["k": "v"] && add.size == 841 && add.dataChange)
    #expect(remove.deletionTimestamp == 1_515_488_792_485 && !remove.dataChange && remove.partitionValues == ["d": nil])
    #expect(metadata.configuration == ["delta.appendOnly": "true"] && metadata.name == nil && metadata.text == "sums")
    #expect(
      actions[1]
        == .protocol(
          TableProtocol(
            minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ["timestampNtz"],
            writerFeatures: ["timestampNtz", "appendOnly"])))
    #expect(
      actions[3] == .transaction(ApplicationTransaction(application: "hourly", version: 7, lastUpdated: 1_709_290_800_001)))
  }

  @Test func actionsThatAreWrittenAreReadTheSame() throws {
    let actions = try DeltaAction.read(Array(commit.utf8))
    #expect(try DeltaAction.read(DeltaAction.lines(actions)) == actions)
  }

  @Test(arguments: [
    "{\"add\":{\"size\":1}}", "{\"add\":{\"path\":1,\"size\":1}}", "{\"add\":{\"path\":\"a\",\"size\":\"x\"}}",
    "{\"txn\":{\"appId\":\"a\"}}", "{\"add\":{\"path\":\"a\"", "7", "{\"protocol\":{}}", "{\"metaData\":{\"id\":\"x\"}}",
  ]) func aLineThatIsNoActionIsRefusedByItsNumber(line: String) {
    let error = #expect(throws: MalformedAction.self) {
      try DeltaAction.read(Array("{\"commitInfo\":{}}\n\(line)\n".utf8))
    }
    #expect(error?.description.hasPrefix("line 2: ") == true)
  }

  @Test func schemasOfAllTypesGoThereAndBack() throws {
    let text = """
      {"type":"struct","fields":[{"name":"a","type":"decimal(10,2)","nullable":false,"metadata":{"comment":"x"}},\
      {"name":"w","type":{"type":"struct","fields":[{"name":"start","type":"timestamp","nullable":true,"metadata":{}},\
      {"name":"end","type":"timestamp","nullable":true,"metadata":{}}]},"nullable":true,"metadata":{}},\
      {"name":"l","type":{"type":"array","elementType":"string","containsNull":true},"nullable":true,"metadata":{}},\
      {"name":"m","type":{"type":"map","keyType":"string","valueType":"long","valueContainsNull":false},"nullable":true,\
      "metadata":{}}]}
      """
    let schema = try DeltaSchema(text: text)
    #expect(schema.text == text)
    #expect(schema.columns.map(\.type) == [.decimal(precision: 10, scale: 2), .window, nil, nil])
    for type in [
      DataType.boolean, .int, .bigint, .double, .string, .date, .timestamp, .window, .decimal(precision: 38, scale: 0),
    ] {
      #expect(DeltaType(type).dataType == type)
    }
    #expect(schema.fields[3].type.name == "map<string, long>")
    #expect(DeltaType.primitive("decimal(99,2)").dataType == nil)
  }

  @Test func pathsAreEncodedAsURIs() {
    #expect(FilePath.encoded("d=a%2Fb/ü x.parquet") == "d=a%252Fb/%C3%BC%20x.parquet")
    #expect(FilePath.decoded("d=a%252Fb/%C3%BC%20x.parquet") == "d=a%2Fb/ü x.parquet")
    #expect(FilePath.decoded("s3://bucket/x") == nil && FilePath.decoded("/x") == nil && FilePath.decoded("a%2") == nil)
    #expect(FilePath.decoded("%FF") == nil)
    #expect(
      FilePath.directory([("w_date", "2024-03-01"), ("s", "a/b c"), ("n", nil)])
        == "w_date=2024-03-01/s=a%2Fb c/n=__HIVE_DEFAULT_PARTITION__")
  }
}
