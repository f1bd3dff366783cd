import Testing
import TidemillColumns

@testable import TidemillFormats

@Suite struct SchemaInferenceTests {
  func inferJSON(_ text: String) throws -> InferredSchema { try SchemaInference.infer(format: .json, sample: Array(text.utf8)) }

  func inferCSV(_ text: String, header: Bool? = nil) throws -> InferredSchema {
    try SchemaInference.infer(format: .csv(CSVOptions(), header: header), sample: Array(text.utf8))
  }

  @Test func jsonColumnsComeInOrderOfAppearanceWithTheirTypes() throws {
    let result = try inferJSON(
      """
      {"id":"a","n":1,"d":1,"ok":true,"day":"2024-03-01","at":"2024-03-01T12:00:00Z","tags":[1,2],"nothing":null}
      malformed
      {"id":"2024-03-01","n":-5,"d":0.5,"ok":null,"extra":"x","at":"2024-03-02","mixed":1}
      {"mixed":"x","n":2
      {"mixed":"x","big":99999999999999999999}
      {"cut":
      """)
    #expect(
      result.schema
        == Schema(
          Field("id", .string), Field("n", .bigint), Field("d", .double), Field("ok", .boolean), Field("day", .date),
          Field("at", .timestamp), Field("tags", .string), Field("nothing", .string), Field("extra", .string),
          Field("mixed", .string), Field("big", .double)))
    #expect(result.eventTime == 5)
  }

  @Test func nestedObjectsBecomePaths() throws {
    let result = try inferJSON(
      #"{"user":{"id":1,"address":{"city":"x"}},"both":{"a":1},"empty":{}}"# + "\n"
        + #"{"both":5,"user":null,"user":{"\u006eame":"\ud83d\ude00"}}"#)
    #expect(
      result.schema
        == Schema(
          Field("user.id", .bigint, path: ["user", "id"]),
          Field("user.address.city", .string, path: ["user", "address", "city"]),
          Field("user.name", .string, path: ["user", "name"]), Field("both", .string), Field("empty", .string)))
    #expect(result.eventTime == nil)
  }

  @Test func theSampleIsReadByTheSchemaInferredFromIt() throws {
    let text = #"{"user":{"id":1},"at":"2024-03-01T12:00:00Z","x":[1],"y":1.5}"#
    let result = try inferJSON(text)
    let batch = try decode(Array(text.utf8), JSONFormat(request: .init(schema: result.schema, eventTime: result.eventTime)))
      .batch
    #expect(batch.rows == [[.integer(1), .timestamp(time("2024-03-01T12:00:00Z")), .string("[1]"), .double(1.5)]])
  }

  @Test func aSampleWithoutRecordsIsAnError() {
    for text in ["", "\n\n", "[1]\n2\n", "{}"] { #expect(throws: TidemillError.self) { try inferJSON(text) } }
    #expect(throws: TidemillError.self) { try inferCSV("\n") }
  }

  @Test func csvHeadersAreRecognised() throws {
    let named = try inferCSV("id,amount,at,note\na,1,2024-03-01T00:00:00Z,\nb,2.5,2024-03-02 00:00:00,\nc,x")
    #expect(
      named.schema == Schema(Field("id", .string), Field("amount", .double), Field("at", .timestamp), Field("note", .string)))
    #expect(named.hasHeader)
    #expect(named.eventTime == 2)
    let bare = try inferCSV("a,1,true\nb,2,false\n")
    #expect(bare.schema == Schema(Field("_c0", .string), Field("_c1", .bigint), Field("_c2", .boolean)))
    #expect(!bare.hasHeader)
    #expect(try inferCSV("a,b\nc,d\n").hasHeader == false)
    #expect(try inferCSV("a,b\nc,d\n", header: true).schema == Schema(Field("a", .string), Field("b", .string)))
    #expect(try inferCSV("id,amount").hasHeader)
  }
}
