import Foundation
import Testing
import TidemillColumns
import TidemillPlan

@testable import TidemillConnectors

struct SecretsTests {
  @Test(arguments: [
    ("password", true), ("db.password", true), ("PASSWD", true), ("client_secret", true), ("token", true),
    ("sasl.jaas.config", true),
    ("api-key", true), ("ssl.private.key", true), ("access_key", true), ("header.authorization", true), ("header.x-any", true),
    ("key", false), ("partition.key", false), ("keys", false), ("path", false), ("header", false),
    ("header.content-type", false),
  ])
  func namesSayWhetherAnOptionHoldsACredential(name: String, isSecret: Bool) {
    #expect(OptionSecrecy.isSecret(name) == isSecret)
  }

  @Test(arguments: [
    ("https://me:pass@host/x", "me:pass"), ("postgresql://me@host", "me"), ("a://b://me:p@ss@host", "me:p@ss"),
    ("https://host/@", nil),
    ("https://host?a=b@c", nil), ("me:pass@host", nil), ("https://@host", nil), ("", nil),
  ])
  func anAddressMayHoldAUser(value: String, userinfo: String?) {
    #expect(OptionSecrecy.userinfo(of: value).map(String.init) == userinfo)
  }

  @Test func whatOptionsHoldIsTakenOutOfText() {
    setenv("TIDEMILL_TEST_SECRET", "from-the-environment", 1)
    let secrets = Secrets(ofOptions: [
      ["password": "hunter2", "path": "${env:TIDEMILL_TEST_SECRET}/x", "timeout": "9 s"],
      [
        "a": "${env:TIDEMILL_TEST_SECRET}", "url": "kafka://me:pa55@host", "header.authorization": "Bearer 0123456789",
        "token": "ab",
      ],
      ["broken": "${env:TIDEMILL_TEST_NOT_SET}"],
    ])
    #expect(secrets.redacting("hunter2 hunter2, from-the-environment") == "… …, …")
    #expect(secrets.redacting("kafka://me:pa55@host: pa55 is wrong") == "kafka://…@host: … is wrong")
    #expect(secrets.redacting("got 0123456789 for Bearer 0123456789") == "got … for …")
    #expect(secrets.redacting("table 'ab' in 9 s") == "table '…' in 9 s")
    let error = secrets.redacting(TidemillError(.io, "no hunter2", hint: "not pa55")) as? TidemillError
    #expect(error == TidemillError(.io, "no …", hint: "not …"))
  }

  @Test func aLongerSecretIsTakenOutBeforeAPartOfIt() {
    #expect(Secrets(["abcd", "abcdefgh"]).redacting("abcdefgh abcd") == "… …")
  }

  @Test func withoutCredentialsNothingIsTakenOut() {
    let secrets = Secrets(ofOptions: [["path": "sales", "format": "json"]])
    #expect(secrets.isEmpty && secrets.redacting("json in sales") == "json in sales")
  }
}
