import CausewayTesting
import Foundation
import HybridConnectionManager
import LocalFiles
import Logging
import Testing

struct ManagerLogTests {
    @Test func `the newest lines come last, over files that were cut`() throws {
        let folder = try TemporaryFolder()
        let log = try ManagerLog(folder: folder.path)
        let filler = String(repeating: "x", count: 10_000)
        for number in 0..<250 { log.write("\(number) \(filler)") }

        let tail = log.tail(120)
        #expect(tail.map { $0.prefix { $0 != " " } } == (130..<250).map { Substring(String($0)) })
        #expect(WholeFile.exists("\(folder.path)/hcm.log.2"))
        #expect(WholeFile.mode(of: "\(folder.path)/hcm.log") == 0o600)
    }

    @Test func `at most so many files are kept`() throws {
        let folder = try TemporaryFolder()
        let log = try ManagerLog(folder: folder.path)
        let filler = String(repeating: "x", count: 300_000)
        for number in 0..<40 { log.write("\(number) \(filler)") }

        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 6)
        #expect(log.tail(1) == ["39 \(filler)"])
    }

    @Test func `without a folder the last lines are in memory`() throws {
        let log = try ManagerLog(folder: nil)
        log.write("one")
        log.write("two")

        #expect(log.tail(1) == ["two"])
    }

    @Test func `an entry is one line, whatever is in it`() throws {
        let log = try ManagerLog(folder: nil)
        var logger = Logger(label: "x") { _ in ManagerLogHandler(log, level: .info) }
        logger[metadataKey: "namespace"] = "n"
        logger.warning("Refused", metadata: ["reason": "a \"b\"\n2026 notice forged=yes", "empty": ""])
        logger.debug("not shown")

        let line = try #require(log.tail(9).first)
        #expect(log.tail(9).count == 1)
        #expect(line.hasSuffix(#" warning Refused empty="" namespace=n reason="a 'b' 2026 notice forged=yes""#))
    }
}
