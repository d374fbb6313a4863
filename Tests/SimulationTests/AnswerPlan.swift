/// How a listener means to answer a request.
enum AnswerPlan {
    case silent
    case control(ControlAnswer)
    case rendezvous(RendezvousAnswer.Plan)
    case controlThenRendezvous

    /// Whether the sender has to get a complete response.
    var isGood: Bool {
        switch self {
        // Another answer on the control channel may come between head and rendezvous (R40).
        case .silent, .control(.announcementOnly), .control(.wrongLength), .controlThenRendezvous: false
        case .control: true
        case .rendezvous(let plan): plan.isGood
        }
    }

    static func random(isGood: Bool, isFull: Bool, _ world: World) -> AnswerPlan {
        let control: [AnswerPlan] = [.control(.empty), .control(.body), .control(.headOnly), .control(.twice)]
        let rendezvous: [AnswerPlan] = [.rendezvous(.lastFragment), .rendezvous(.closes), .rendezvous(.answersEarly)]
        var plans = rendezvous
        if isFull { plans += control + control }
        if !isGood {
            plans += RendezvousAnswer.Plan.allCases.map { .rendezvous($0) }
            plans += [
                .silent, isFull ? .controlThenRendezvous : .silent, .control(.announcementOnly), .control(.wrongLength),
            ]
        }
        return plans[world.int(0...plans.count - 1)]
    }
}

enum ControlAnswer {
    case empty, body, headOnly, twice, announcementOnly, wrongLength
}
