#if Server
  import DashboardPage
  import Testing

  @Suite struct DashboardFilesTests {
    private let files: [String: String]

    init() {
      var count = 0
      let all = dashboard_files(&count)
      files = Dictionary(
        uniqueKeysWithValues: (0..<count).map { index in
          let bytes = UnsafeBufferPointer(start: all[index].bytes, count: all[index].length)
          return (String(cString: all[index].name), String(decoding: bytes, as: UTF8.self))
        })
    }

    @Test func theProjectsOwnBuildsHaveTheChartLibrary() throws {
      let library = try #require(files["chart.js"])
      #expect(library.contains("Chart.js v3"))
      #expect(library.utf8.count > 150_000)
    }

    @Test func whatThePageAsksForIsThere() throws {
      let page = try #require(files["page.html"])
      let asked = page.matches(of: #/(?:src|href)="/assets/([^"]+)"/#).map { String($0.1) }
      #expect(asked.contains("app.js") && asked.contains("style.css") && asked.contains("chart.js"))
      for name in asked { #expect(files[name] != nil, "\(name) is not embedded") }
      for (name, text) in files where name.hasSuffix(".js") && name != "chart.js" {
        for match in text.matches(of: #/from "\./([^"]+)"/#) {
          #expect(files[String(match.1)] != nil, "\(name) imports \(match.1)")
        }
      }
    }

    @Test func nothingIsAskedOfOtherHostsAndNothingIsInline() throws {
      for (name, text) in files where name != "chart.js" {
        for match in text.matches(of: #/https?://[^\s"'`)]+/#) {
          #expect(match.0.contains("www.w3.org"), "\(name) names \(match.0)")
        }
      }
      let page = try #require(files["page.html"])
      #expect(!page.contains("<style"))
      #expect(page.firstMatch(of: #/<script(?![^>]*src=)/#) == nil)
      #expect(page.firstMatch(of: #/\s(style|on[a-z]+)=/#) == nil)
    }
  }
#endif
