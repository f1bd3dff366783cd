#if Server
  import Foundation
  import Testing

  private let script = """
    CREATE STREAM sales (product STRING, amount DECIMAL(18,2), ts TIMESTAMP, WATERMARK FOR ts AS ts - INTERVAL '1 minute')
      USING json OPTIONS (path 'in');
    CREATE MATERIALIZED VIEW hourly AS
      SELECT product, SUM(amount) AS total, COUNT(*) AS orders, window(ts, '1 hour') AS hour FROM sales
      GROUP BY product, window(ts, '1 hour');
    CREATE MATERIALIZED VIEW everything AS SELECT SUM(amount) AS total, COUNT(*) AS orders FROM sales;
    CREATE MATERIALIZED VIEW by_product AS SELECT product, SUM(amount) AS total FROM sales GROUP BY product;
    """

  /// Three hours of five products; the last hour is open.
  private func sales() -> String {
    var text = ""
    for hour in 9...11 {
      for (index, product) in ["tea", "coffee", "cocoa", "mate", "chai"].enumerated() {
        text +=
          #"{"product":"\#(product)","amount":\#(1000 * (index + 1) + hour).50,"ts":"2024-03-01T\#(hour < 10 ? "0" : "")\#(hour):10:00Z"}"#
          + "\n"
      }
    }
    return text
  }

  /// The rows of a view's table on the page: each the texts of its cells.
  private func table(_ view: String) -> String {
    """
    [...document.querySelectorAll('[data-view="\(view)"] tbody tr')].map(row => [...row.cells].map(cell => cell.firstChild.textContent))
    """
  }

  /// The rows of a view as the server gives them, with numbers as they were written.
  private func rows(_ view: String, _ columns: [String]) -> String {
    """
    fetch('/v1/views/\(view)').then(answer => answer.text()).then(text =>
      JSON.parse(text, (key, value, context) => typeof value === 'number' ? context.source : value).rows
        .map(row => \(columns).map(name => typeof row[name] === 'object' ? row[name].start : row[name])))
    """
  }

  @Suite(.serialized, .enabled(if: Chromium.path != nil, "Scripts/bootstrap installs Chromium"))
  struct DashboardTests {
    private func withPage(
      _ script: String, arguments: [String] = [], input: String, path: String = "/",
      _ body: (ServedScript, Chromium, Tab) async throws -> Void
    ) async throws {
      let server = try ServedScript(script)
      if !input.isEmpty { try server.write("in/1.json", input) }
      let browser = try Chromium()
      do {
        try await server.start(arguments)
        let tab = try await Tab(browser, server.address + path)
        try await body(server, browser, tab)
        #expect(tab.complaints == [])
      } catch {
        await browser.close()
        await server.remove()
        throw error
      }
      await browser.close()
      await server.remove()
    }

    /// Pictures to look at: .build/dashboard.
    private func keepPicture(_ tab: Tab, _ name: String) async throws {
      let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(".build/dashboard")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let picture = try await tab.picture()
      #expect(picture.starts(with: [0x89, 0x50, 0x4E, 0x47]))
      try picture.write(to: folder.appendingPathComponent("\(name).png"))
    }

    /// Numbers without commas, windows by their starts.
    private func plain(_ rows: [[String]]) -> Set<[String]> {
      Set(
        rows.map { cells in
          cells.map { cell in
            if let window = cell.wholeMatch(of: #/(\d{4}-\d\d-\d\d) (\d\d:\d\d) – .*/#) { return "\(window.1)T\(window.2):00Z" }
            return cell.replacing(#/(\d),(?=\d{3})/#) { String($0.1) }
          }
        })
    }

    private func expectSameAsServer(_ tab: Tab, _ view: String, _ columns: [String]) async throws {
      var shown: Set<[String]> = []
      var given: Set<[String]> = []
      do {
        try await reached("\(view) on the page") {
          shown = plain(try await tab.value(table(view)))
          given = Set(try await tab.value(rows(view, columns), as: [[String]].self))
          return shown == given && !given.isEmpty
        }
      } catch {
        #expect(shown == given)
        throw error
      }
    }

    @Test func valuesOnThePageAreTheServersAsTheyChange() async throws {
      try await withPage(script, input: sales()) { server, browser, tab in
        try await tab.waits(for: "three views", "document.querySelectorAll('[data-view] tbody tr').length >= 15 + 1 + 5")
        try await expectSameAsServer(tab, "hourly", ["product", "total", "orders", "hour"])
        try await expectSameAsServer(tab, "everything", ["total", "orders"])
        try await expectSameAsServer(tab, "by_product", ["product", "total"])

        // Bars of the current window and lines over all: the same numbers again.
        let bars: [Double] = try await tab.value(
          "Chart.getChart(document.querySelector('[data-view=hourly] .current canvas')).data.datasets[0].data")
        #expect(bars == [5011.5, 4011.5, 3011.5, 2011.5, 1011.5])
        let lines: [String: [Double]] = try await tab.value(
          """
          Object.fromEntries(Chart.getChart(document.querySelector('[data-view=hourly] .over-time canvas')).data.datasets
            .map(({label, data}) => [label, data.map(point => point.y)]))
          """)
        #expect(lines["chai"] == [5009.5, 5010.5, 5011.5])
        #expect(lines.count == 5)
        #expect(
          try await tab.value("document.querySelector('[data-view=everything] .big').textContent", as: String.self)
            == "45,157.50")

        // Only the last hour's end lies beyond the watermark.
        let open: [String] = try await tab.value(
          "[...document.querySelectorAll('[data-view=hourly] tr.open')].map(row => row.cells[3].textContent)")
        #expect(open == Array(repeating: "2024-03-01 11:00 – 12:00open", count: 5))
        try await keepPicture(tab, "views-desktop")

        try server.write("in/2.json", #"{"product":"tea","amount":9000.25,"ts":"2024-03-01T11:30:00Z"}"# + "\n")
        try await tab.waits(
          for: "the new sale", "document.querySelector('[data-view=everything] .big').textContent === '54,157.75'")
        try await expectSameAsServer(tab, "hourly", ["product", "total", "orders", "hour"])
        try await expectSameAsServer(tab, "by_product", ["product", "total"])

        let phone = try await Tab(browser, server.address + "/", size: .phone, isDark: true)
        try await phone.waits(for: "the views", "document.querySelectorAll('[data-view] tbody tr').length >= 21")
        #expect(try await phone.value("document.documentElement.scrollWidth <= innerWidth", as: Bool.self))
        try await keepPicture(phone, "views-phone-dark")
        #expect(phone.complaints == [])
      }
    }

    @Test func thePageFindsTheServerAgainAfterARestart() async throws {
      try await withPage(script, input: sales()) { server, _, tab in
        try await tab.waits(
          for: "the views", "document.querySelector('[data-view=everything] .big')?.textContent === '45,157.50'")
        try await server.stop()
        try await tab.waits(for: "the loss to be told", "document.getElementById('state').textContent === 'Reconnecting'")
        #expect(try await tab.value("document.getElementById('announcements').textContent", as: String.self).contains("lost"))
        try await keepPicture(tab, "reconnecting")
        try server.write("in/2.json", #"{"product":"tea","amount":0.25,"ts":"2024-03-01T11:31:00Z"}"# + "\n")
        try await server.start()
        try await tab.waits(for: "the server to be found", "document.getElementById('state').textContent === 'Running'")
        try await tab.waits(
          for: "the new sale", "document.querySelector('[data-view=everything] .big').textContent === '45,157.75'")
        try await expectSameAsServer(tab, "hourly", ["product", "total", "orders", "hour"])
      }
    }

    @Test func anAddressKeepsWhatTheReaderChose() async throws {
      try await withPage(script, input: sales(), path: "/view/hourly?filter=te&sort=product&column=orders") { _, _, tab in
        try await tab.waits(for: "the rows", "document.querySelectorAll('[data-view] tbody tr').length > 0")
        #expect(try await tab.value("document.querySelectorAll('[data-view]').length", as: Int.self) == 1)
        let products: Set<String> = Set(
          try await tab.value(
            "[...document.querySelectorAll('tbody tr')].map(row => row.cells[0].textContent)", as: [String].self))
        #expect(products == ["tea", "mate"])
        #expect(try await tab.value("document.querySelector('select').value", as: String.self) == "orders")
        #expect(try await tab.value("document.title", as: String.self) == "hourly · Tidemill")

        // By keyboard: the header is a button, and says how it sorts.
        try await tab.run("document.querySelector('th[aria-sort] button').focus()")
        #expect(
          try await tab.value("document.querySelector('th[aria-sort]').getAttribute('aria-sort')", as: String.self)
            == "ascending")
        try await tab.press("Enter", code: 13, text: "\r")
        try await tab.waits(
          for: "the other order", "document.querySelector('th[aria-sort]').getAttribute('aria-sort') === 'descending'")
        #expect(try await tab.value("document.querySelector('tbody tr').cells[0].textContent", as: String.self) == "tea")
        #expect(try await tab.value("new URLSearchParams(location.search).get('sort')", as: String.self) == "-product")
        // Whatever can be reached has a name.
        let nameless: [String] = try await tab.value(
          """
          [...document.querySelectorAll('button, input, select, a, canvas, [role=region]')].filter(one =>
            one.offsetParent && !one.textContent.trim() && !one.getAttribute('aria-label') && !one.labels?.length && !one.alt)
            .map(one => one.outerHTML)
          """)
        #expect(nameless == [])
      }
    }

    @Test func aHiddenPageRests() async throws {
      try await withPage(script, input: sales()) { server, _, tab in
        try await tab.waits(
          for: "the views", "document.querySelector('[data-view=everything] .big')?.textContent === '45,157.50'")
        try await tab.run(
          """
          window.asked = 0; const ask = fetch; window.ask = ask; window.fetch = (...all) => { window.asked += 1; return ask(...all) };
          Object.defineProperty(document, 'hidden', {configurable: true, get: () => true});
          document.dispatchEvent(new Event('visibilitychange'))
          """)
        try server.write("in/2.json", #"{"product":"tea","amount":0.25,"ts":"2024-03-01T11:31:00Z"}"# + "\n")
        try await tab.waits(
          for: "the server to have the sale",
          "window.ask('/v1/views/everything').then(answer => answer.json()).then(({rows}) => rows[0].total === 45157.75)")
        #expect(try await tab.value("window.asked", as: Int.self) == 0)
        #expect(
          try await tab.value("document.querySelector('[data-view=everything] .big').textContent", as: String.self)
            == "45,157.50")
        try await tab.run(
          """
          Object.defineProperty(document, 'hidden', {configurable: true, get: () => false});
          document.dispatchEvent(new Event('visibilitychange'))
          """)
        try await tab.waits(
          for: "the sale", "document.querySelector('[data-view=everything] .big').textContent === '45,157.75'")
      }
    }

    @Test func tenThousandKeysAreFiltered() async throws {
      let lines = (0..<10_000).map {
        #"{"product":"sku-\#(10_000 + $0)","amount":\#($0).00,"ts":"2024-03-01T11:00:00Z"}"# + "\n"
      }.joined()
      try await withPage(script, input: lines, path: "/view/hourly") { _, _, tab in
        try await tab.waits(for: "the rows", "document.querySelector('.tally').textContent === '200 shown, 10,000 rows'")
        #expect(try await tab.value("document.querySelectorAll('[data-view] tbody tr').length", as: Int.self) == 200)
        try await keepPicture(tab, "many-keys-desktop")
        try await tab.run(
          """
          const input = document.querySelector('input[type=search]'); input.value = 'sku-10042';
          input.dispatchEvent(new Event('input', {bubbles: true}))
          """)
        #expect(try await tab.value("document.querySelector('.tally').textContent", as: String.self) == "1 match, of 10,000")
        #expect(try await tab.value("document.querySelector('tbody tr').cells[1].textContent", as: String.self) == "42.00")
      }
    }

    @Test func numbersOfAnyLengthAreInOrder() async throws {
      try await withPage(script, input: sales(), path: "/view/%E0%A4%A") { _, _, tab in
        // An address that cannot be decoded is that of no view.
        try await tab.waits(for: "an answer", "document.querySelector('.nothing') !== null")
        try await tab.run(
          "window.sorted = null; import('/assets/table.js').then(({ compareNumbers: c }) => { window.sorted = ["
            + "c('9007199254740993', '9007199254740992'), c('-9007199254740993', '-9007199254740992'), c('NaN', 5), c(5, 'NaN'),"
            + "c('NaN', 'NaN'), c('12345678901234567890.5', '12345678901234567890.25'), c('10000000000000000000', '9999999999999999999'),"
            + "c(2, 10), c('0.10', '0.1')].join(' ') })")
        try await tab.waits(for: "the module", "window.sorted === '1 -1 1 -1 0 1 1 -1 0'")
      }
    }

    @Test func aTokenIsAskedForOnce() async throws {
      let server = try ServedScript(script)
      try server.write("in/1.json", sales())
      try server.write("token", "a-token-of-some-length")
      let browser = try Chromium()
      do {
        try await server.start(["--token-file", "token"])
        let tab = try await Tab(browser, server.address + "/")
        try await tab.waits(for: "the question", "document.getElementById('token-dialog')?.open === true")
        try await tab.run(
          """
          document.getElementById('token').value = 'a-token-of-some-length';
          document.querySelector('#token-form button').click()
          """)
        try await tab.waits(
          for: "the views", "document.querySelector('[data-view=everything] .big')?.textContent === '45,157.50'")
        try await tab.run("location.reload()")
        try await tab.waits(
          for: "the views again", "document.querySelector('[data-view=everything] .big')?.textContent === '45,157.50'")
        #expect(try await !tab.value("document.getElementById('token-dialog').open", as: Bool.self))
        // The one refusal is the browser's to report, not the page's.
        #expect(tab.complaints.filter { !$0.contains("401") } == [])
      } catch {
        await browser.close()
        await server.remove()
        throw error
      }
      await browser.close()
      await server.remove()
    }

    @Test func anEmptyViewSaysWhatToDo() async throws {
      let pushed = """
        CREATE STREAM clicks (page STRING, n INT) USING http;
        CREATE MATERIALIZED VIEW pages AS SELECT page, SUM(n) AS clicks FROM clicks GROUP BY page;
        """
      try await withPage(pushed, arguments: ["--writable"], input: "") { _, _, tab in
        try await tab.waits(
          for: "the hint", "document.querySelector('[data-view=pages] pre')?.textContent.includes('/v1/streams/clicks')")
        #expect(
          try await tab.value("document.querySelector('[data-view=pages] pre').textContent", as: String.self).contains(
            #"{"page":"page","n":1}"#))
        try await keepPicture(tab, "empty-desktop")
        try await tab.run(
          """
          fetch('/v1/streams/clicks', {method: 'POST', headers: {'Content-Type': 'application/x-ndjson'},
            body: '{"page":"start","n":3}\\n{"page":"start","n":4}\\n'})
          """)
        try await tab.waits(
          for: "the pushed rows", "document.querySelector('[data-view=pages] tbody tr')?.textContent === 'start7'")
        try await tab.run("document.getElementById('pause').click()")
        try await tab.waits(for: "the pause", "document.getElementById('state').textContent === 'Paused'")
        try await tab.run("document.getElementById('resume').click()")
        try await tab.waits(for: "it to go on", "document.getElementById('state').textContent === 'Running'")
        try await tab.run("document.getElementById('stop').click()")
        #expect(try await tab.value("document.getElementById('stop-dialog').open", as: Bool.self))
        try await tab.run("document.querySelector('#stop-dialog button.danger').click()")
        try await tab.waits(for: "the end", "document.getElementById('state').textContent === 'Stopped'")
      }
    }
  }

  @Suite struct TopTests {
    @Test func topPrintsWhatTheServerHas() async throws {
      let server = try ServedScript(script)
      try server.write("in/1.json", sales())
      do {
        try await server.start()
        try await reached("all rows in top") {
          let top = try await server.top([server.address, "--once"])
          // While it recovers its queries it has nothing to show, and says so.
          if top.status != 0, top.errors.contains("being recovered") { return false }
          guard top.status == 0 else { throw BrowserTrouble(top.errors) }
          let output = top.output
          return output.contains("45,157.50") && output.contains("2024-03-01 11:00:00 – 12:00:00 (open)")
            && output.contains("chai     5,011.50       1") && !output.contains("5,010.50") && output.contains("running")
        }
      } catch {
        await server.remove()
        throw error
      }
      await server.remove()
    }

    @Test func topSaysWhatIsWrong() async throws {
      let server = try ServedScript(script)
      try server.write("token", "a-token-of-some-length")
      try server.write("wrong", "another-token-of-a-length")
      do {
        try await server.start(["--token-file", "token"])
        let without = try await server.top([server.address, "--once"])
        #expect(without.status == 2 && without.errors.contains("asks for a token"), "\(without.errors)")
        let wrong = try await server.top([server.address, "--token-file", server.folder.appendingPathComponent("wrong").path])
        #expect(wrong.status == 2 && wrong.errors.contains("does not take this token"), "\(wrong.errors)")
        let right = try await server.top([server.address, "--token-file", server.folder.appendingPathComponent("token").path])
        #expect(right.status == 0 && right.output.contains("hourly"), "\(right.errors)")
        try await server.stop()
        let gone = try await server.top([server.address])
        #expect(
          gone.status == 1 && gone.errors.contains("no answer from \(server.address): the connection was refused"),
          "\(gone.errors)")
        let nonsense = try await server.top(["ftp://somewhere"])
        #expect(nonsense.status == 2 && nonsense.errors.contains("no address of a server"), "\(nonsense.errors)")
      } catch {
        await server.remove()
        throw error
      }
      await server.remove()
    }
  }
#endif
