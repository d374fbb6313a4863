import RelayModel

/// Finds what each resource waits for.
struct DependencyFinder {
    private let names: ResourceNames
    private let drafts: [ResourceDraft]
    private let scope: ResourceID
    /// Loops without rounds make no resource, and nobody waits for them.
    private let emptyLoops: Set<String>

    init(_ names: ResourceNames, _ expander: ResourceExpander, scope: ResourceID) {
        self.names = names
        drafts = expander.drafts
        emptyLoops = expander.emptyLoops
        self.scope = scope
    }

    /// What `dependsOn` names, what serial loops order, and what the expressions ask about; without what is skipped.
    func dependencies(of index: Int, _ questions: [RuntimeCall]) throws(TemplateError) -> [Int] {
        let draft = drafts[index]
        var found = Set(draft.before)
        for text in Set(draft.dependsOn).sorted() {
            let indices = names.dependencies(text, scope: scope)
            guard !indices.isEmpty || emptyLoops.contains(text.asciiLowercased) else {
                throw .invalid(
                    "The resource '\(NameRule.shown(text))' is not defined in the template. "
                        + "Please see https://aka.ms/arm-syntax-resources for usage details.",
                    at: draft.template.places.whole)
            }
            found.formUnion(indices)
        }
        for question in questions {
            if let other = names.index(id: question.id) { found.insert(other) }
        }
        guard !found.contains(index) else { throw Self.circle(draft.entry.id, draft.template.places.whole) }
        return found.filter { !drafts[$0].isSkipped }.sorted()
    }

    /// Takes away what waits for nothing, until nothing is left or a circle is.
    static func checkCircles(_ resources: [PlannedResource]) throws(TemplateError) {
        var waiting = resources.map(\.dependsOn.count)
        var dependents = Array(repeating: [Int](), count: resources.count)
        for resource in resources {
            for other in resource.dependsOn { dependents[other].append(resource.index) }
        }
        var ready = waiting.indices.filter { waiting[$0] == 0 }
        while let index = ready.popLast() {
            for dependent in dependents[index] {
                waiting[dependent] -= 1
                if waiting[dependent] == 0 { ready.append(dependent) }
            }
        }
        guard var index = waiting.firstIndex(where: { $0 > 0 }) else { return }
        // Going from one that waits to one that it waits for ends in the circle.
        var seen: Set<Int> = []
        while seen.insert(index).inserted {
            index = resources[index].dependsOn.first { waiting[$0] > 0 } ?? index
        }
        throw circle(resources[index].id, resources[index].place)
    }

    private static func circle(_ id: ResourceID, _ place: TemplatePlace) -> TemplateError {
        .invalid(
            "Circular dependency detected on resource: '\(id.path)'. "
                + "Please see https://aka.ms/arm-syntax-resources for usage details.", at: place)
    }
}
