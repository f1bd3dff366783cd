import Testing

@testable import TidemillServer

struct ListenAddressTests {
  @Test func aHostAndAPortAreAnAddress() {
    #expect(ListenAddress(parsing: "127.0.0.1:8080") == ListenAddress(host: "127.0.0.1", port: 8080))
    #expect(ListenAddress(parsing: "[::1]:0") == ListenAddress(host: "::1", port: 0))
  }

  @Test(arguments: ["8080", ":8080", "localhost", "localhost:http", "localhost:70000", "localhost:-1"])
  func whatHasNotBothIsNone(_ text: String) { #expect(ListenAddress(parsing: text) == nil) }

  @Test func onlyThisMachineReachesLoopback() {
    #expect(ListenAddress(host: "127.0.0.1", port: 1).isLoopback)
    #expect(!ListenAddress(host: "0.0.0.0", port: 1).isLoopback)
    #expect(!ListenAddress(host: "127.0.0.1.example", port: 1).isLoopback)
    #expect(!ListenAddress(host: "127.example", port: 1).isLoopback)
  }
}
