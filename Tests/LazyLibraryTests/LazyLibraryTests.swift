import Foundation
import LazyLibrary
import Testing

@Suite struct LazyLibraryTests {
  private func withLibrary<Result>(
    _ file: String, _ body: (UnsafeMutablePointer<tidemill_lazy_library>) throws -> Result
  ) rethrows -> Result {
    try file.withCString { name in
      var library = tidemill_lazy_library()
      library.file = name
      pthread_mutex_init(&library.mutex, nil)
      return try body(&library)
    }
  }

  @Test func aMissingLibraryIsNamedEachTime() {
    withLibrary("libtidemill-none.so") { library in
      for _ in 0..<2 {
        let problem = tidemill_lazy_load(library).map { String(cString: $0) }
        #expect(problem?.contains("libtidemill-none.so") == true, "\(problem ?? "none")")
      }
    }
  }

  #if os(Linux)
    @Test func aFunctionIsFoundAndCalled() throws {
      try withLibrary("libm.so.6") { library in
        #expect(tidemill_lazy_load(library) == nil)
        let function = try #require(tidemill_lazy_function(library, "floor"))
        let floor = unsafeBitCast(function, to: (@convention(c) (Double) -> Double).self)
        #expect(floor(2.5) == 2)
      }
    }
  #endif
}
