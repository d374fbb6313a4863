import CausewayTesting
import LocalFiles
import RelayModel
import Testing

struct WholeFileTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func `a file is written as a whole, for its user alone`() throws {
        let path = "\(folder.path)/a/b/file"
        try WholeFile.makeFolder("\(folder.path)/a/b")
        try WholeFile.write(Array("one".utf8), to: path, mode: 0o600)
        let first = WholeFile.version(of: path)
        try WholeFile.write(Array("two and more".utf8), to: path, mode: 0o600)

        #expect(try WholeFile.read(path) == Array("two and more".utf8))
        #expect(WholeFile.mode(of: path) == 0o600)
        #expect(WholeFile.mode(of: "\(folder.path)/a/b") == 0o700)
        #expect(WholeFile.version(of: path) != first)
        #expect(WholeFile.version(of: path) == WholeFile.version(of: path))
    }

    @Test func `a file that cannot be written is as it was, and nothing is left beside it`() throws {
        let path = "\(folder.path)/missing/file"

        let failure = #expect(throws: FileFailure.self) { try WholeFile.write([1], to: path, mode: 0o600) }
        #expect(failure?.description.contains("missing/file cannot be written: ") ?? false)
        #expect(failure?.isMissing ?? false)
        #expect(!WholeFile.exists("\(folder.path)/missing"))
    }

    @Test func `a missing file is told from one that cannot be read`() {
        let missing = #expect(throws: FileFailure.self) { try WholeFile.read("\(folder.path)/none") }
        let isFolder = #expect(throws: FileFailure.self) { try WholeFile.read(folder.path) }

        #expect(missing?.isMissing == true)
        #expect(isFolder?.isMissing == false)
        #expect(WholeFile.version(of: "\(folder.path)/none") == nil)
        #expect(WholeFile.mode(of: "\(folder.path)/none") == nil)
    }

    @Test func `a lock keeps others out while it is held`() throws {
        let path = "\(folder.path)/lock"
        guard case .held(let lock) = try FileLock.take(path) else {
            Issue.record("the first lock is not held")
            return
        }
        guard case .taken(let owner) = try FileLock.take(path) else {
            Issue.record("the second lock is held")
            return
        }
        #expect(Int(owner) ?? 0 > 0)
        withExtendedLifetime(lock) {}
    }

    @Test func `a lock that was let go of can be taken again`() throws {
        let path = "\(folder.path)/lock"
        do { _ = try FileLock.take(path) }
        guard case .held = try FileLock.take(path) else {
            Issue.record("the lock is still taken")
            return
        }
    }

    @Test func `YAML becomes values whose scalars are text`() throws {
        let value = try YAMLText.parse("a: 1\nb: [x, 'y']\nc:\n  d: true\n")

        #expect(value == ["a": "1", "b": ["x", "y"], "c": ["d": "true"]])
        #expect(try YAMLText.parse("") == nil)
        #expect(try YAMLText.parse("# nothing\n") == nil)
        #expect(throws: FileFailure.self) { try YAMLText.parse("a: [") }
    }
}
