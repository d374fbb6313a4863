import RelayModel

/// Line and column of an element in the text, as ARM counts them: the column is that of the last character of a string,
/// a number or a word, and that of the opening bracket of an object or an array.
package struct TemplatePosition: Sendable, Hashable {
    package var line: Int
    package var column: Int
}

/// The way from the root of a document to one of its elements.
///
/// A chain to the root, so that a step costs the same at every depth.
package final class JSONPath: Sendable {
    enum Step: Sendable {
        case root
        case name(String)
        case index(Int)
    }

    static let root = JSONPath(nil, .root)

    private let parent: JSONPath?
    private let step: Step

    private init(_ parent: JSONPath?, _ step: Step) {
        self.parent = parent
        self.step = step
    }

    func appending(_ step: Step) -> JSONPath { JSONPath(self, step) }

    /// The path as ARM writes it: `resources[0].properties.name`.
    package var text: String {
        var steps: [Step] = []
        var path: JSONPath? = self
        while let current = path {
            steps.append(current.step)
            path = current.parent
        }
        return steps.reversed().reduce(into: "") { text, step in
            switch step {
            case .root: break
            case .name(let name): text += (text.isEmpty ? "" : ".") + NameRule.shown(name)
            case .index(let index): text += "[\(index)]"
            }
        }
    }
}

/// Where an element stands: its path, and its line and column when it was read from text.
package struct TemplatePlace: Sendable {
    package let path: JSONPath
    package let position: TemplatePosition?

    /// `at line '12' and column '9'`; a document that was not read from text says 1 and 1, as ARM does.
    var shown: String {
        "at line '\(position?.line ?? 1)' and column '\(position?.column ?? 1)'"
    }
}

/// The positions of a value and of all that is in it, in the order of members and elements.
struct PositionTree: Sendable {
    var position: TemplatePosition
    var children: [PositionTree] = []
}
