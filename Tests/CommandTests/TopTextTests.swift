#if Server
  import Foundation
  import Testing

  @testable import TidemillCommand

  @Suite struct TopTextTests {
    private func picture(views: Int = 1, rows: Int = 12) throws -> TopPicture {
      let job = try JSONDecoder().decode(
        TopJob.self,
        from: Data(
          #"""
          {"state":"running","error":null,"now":"2026-11-22T10:00:30Z","memory":{"stateBytes":1048576,"budgetBytes":null},
           "queries":[{"id":"hourly","epoch":42,"timestamp":"2026-11-22T10:00:28.5Z","watermark":"2026-11-22T09:50:00Z",
             "maxEventTime":"2026-11-22T10:00:00Z","inputRowsPerSecond":12345.6,"epochMilliseconds":12,"openWindows":2,"stateBytes":2048,
             "ledger":{"late":3,"rejected":1},"recent":[{"rows":0},{"rows":4},{"rows":8}]}]}
          """#.utf8))
      let view = try JSONDecoder().decode(
        TopView.self,
        from: Data(
          #"""
          {"name":"hourly","columns":[{"name":"product","type":"STRING"},{"name":"total","type":"DECIMAL(18,2)"},{"name":"w","type":"WINDOW"}],
           "key":["product","w"],"window":"w","rows":24}
          """#.utf8))
      let lines = (0..<rows).map {
        #"{"product":"p\#($0)","total":\#(99_999_999_999_999 - $0).5,"w":{"start":"2026-11-22T10:00:00Z","end":"2026-11-22T11:00:00Z"}}"#
      }
      let old = #"{"product":"old","total":1,"w":{"start":"2026-11-22T09:00:00Z","end":"2026-11-22T10:00:00Z"}}"#
      let answer = try JSONDecoder().decode(
        TopRows.self,
        from: Data(
          #"{"watermark":"2026-11-22T09:50:00Z","cut":false,"rows":[\#((lines + [old]).joined(separator: ","))]}"#.utf8))
      return TopPicture(
        address: "http://127.0.0.1:8080", job: job, tables: (0..<views).map { _ in TopTable(view: view, answer: answer) })
    }

    @Test func allIsToldAndNumbersAreExact() throws {
      let lines = TopText(picture: try picture()).lines(rows: nil, width: nil)
      #expect(lines[0] == "tidemill  http://127.0.0.1:8080  running  last epoch 1.5 s ago  state 1.0 MiB")
      #expect(lines[2] == "QUERY   ROWS/S  TREND      LAG  WATERMARK  EPOCH  MS  LATE  REJ  OPEN    STATE")
      #expect(lines[3] == "hourly  12,346       ▁▄█  30 s   09:50:00     42  12     3    1     2  2.0 KiB")
      #expect(lines[5] == "hourly  2026-11-22 10:00:00 – 11:00:00 (open)  24 rows in all")
      #expect(lines[7] == "p0       99,999,999,999,999.50")
      #expect(lines.count == 7 + 12, "the window before is not shown")
    }

    @Test(arguments: [(24, 80), (10, 40), (5, 20), (50, 200)])
    func itFitsTheTerminal(rows: Int, columns: Int) throws {
      for views in [0, 1, 3, 20] {
        let lines = TopText(picture: try picture(views: views), trouble: ("the connection was refused", 3)).lines(
          rows: rows, width: columns)
        #expect(lines.count <= rows)
        #expect(lines.allSatisfy { $0.count <= columns }, "\(lines.joined(separator: "\n"))")
      }
    }

    @Test func dataDoesNotSteerTheTerminal() {
      #expect(TopText.plain("a\u{1B}[2Jb\u{07}\u{202E}c") == "a·[2Jb··c")
    }

    @Test func whatTheServerRefusesDoesNotSteerTheTerminal() throws {
      let text = TopText(picture: try picture(), trouble: ("gone\u{1B}[2J\r\nfor good", 3))
      #expect(text.lines(rows: nil, width: nil)[1] == "no newer answer for 3 s: gone·[2J··for good")
    }

    @Test(arguments: [
      (1e300, "9,223,372,036,854,775,807"), (-1e300, "-9,223,372,036,854,775,808"), (Double.nan, "0"),
      (Double.infinity, "9,223,372,036,854,775,807"),
    ])
    func numbersBeyondAllMeasureAreShown(rate: Double, shown: String) throws {
      var picture = try self.picture()
      picture.job.queries[0].inputRowsPerSecond = rate
      let lines = TopText(picture: picture).lines(rows: nil, width: nil)
      #expect(lines[3].split(separator: " ")[1] == shown)
    }

    @Test func spansOfAnyLengthAreShown() {
      #expect(TopText.span(.nan) == "0.0 s")
      #expect(TopText.span(-1e300) == "0.0 s")
      #expect(TopText.span(1e300).contains(" y"))
    }

    @Test(arguments: [
      ("2026-11-22T11:00:00Z", "2026-11-22T11:00:00.250Z", "closed"),
      ("2026-11-22T11:00:00.250Z", "2026-11-22T11:00:00Z", "open"),
      ("2026-11-22T12:00:00+01:00", "2026-11-22T11:30:00Z", "closed"),
      ("2026-11-22T10:00:00-01:00", "2026-11-22T10:30:00Z", "open"),
    ])
    func aWindowIsOpenUntilTheWatermarkPassesItsEnd(end: String, watermark: String, state: String) throws {
      var picture = try self.picture(rows: 0)
      picture.tables[0].answer.watermark = watermark
      picture.tables[0].answer.rows[0]["w"] = .window(start: "2026-11-22T10:00:00Z", end: end)
      let lines = TopText(picture: picture).lines(rows: nil, width: nil)
      #expect(lines[5].contains("(\(state))"))
    }

    @Test func sparklinesStandAgainstTheirHighest() {
      #expect(Sparkline.text([0, 1, 2, 3, 4, 5, 6, 7], width: 8) == "▁▂▃▄▅▆▇█")
      #expect(Sparkline.text([5], width: 3) == "  ▇")
      #expect(Sparkline.text([], width: 2) == "  ")
      #expect(Sparkline.text([.max, 0], width: 2) == "█▁")
    }
  }
#endif
