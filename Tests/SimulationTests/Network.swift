/// Makes connections, and does to them what networks do.
final class Network {
    /// How many of 100 connections are cut, reset, or have a client that stops reading for a while.
    struct Faults {
        var cutPercent = 0
        var resetPercent = 0
        var stallPercent = 0
    }

    private let world: World
    private let gateway: SimulatedGateway
    let faults: Faults
    private(set) var links: [Link] = []

    init(_ world: World, _ gateway: SimulatedGateway, faults: Faults) {
        self.world = world
        self.gateway = gateway
        self.faults = faults
    }

    /// Lets go of everybody, so that a run can be forgotten.
    func dismantle() {
        for link in links {
            link.onClient = nil
            link.onGateway = nil
            link.onWritable = nil
            link.onCut = nil
        }
    }

    /// - Parameters:
    ///   - stallMax: milliseconds for which its client may stop reading without harm; longer stalls disturb. 27 s is what
    ///     the silence of one that is sent nothing may last, and 0 lets it never stop.
    ///   - onDisturbance: told when the connection is cut or reset.
    /// - Returns: an open connection to the gateway.
    func open(stallMax: Int = 27_000, _ onDisturbance: @escaping () -> Void) -> Link {
        let link = Link(world)
        links.append(link)
        gateway.opened(link)
        let when = world.chance(30) ? world.int(0...2000) : world.int(0...120_000)
        let fault = world.int(0...99)
        if fault < faults.cutPercent {
            world.after(when) { [world] in
                guard !link.isReset else { return }
                world.note("link \(link.id) is cut")
                onDisturbance()
                link.cut()
            }
        } else if fault < faults.cutPercent + faults.resetPercent {
            world.after(when) { [world] in
                guard !link.isReset, !link.isCut else { return }
                world.note("link \(link.id) is reset")
                onDisturbance()
                link.reset(by: .client)
                link.onClient?(.lost)
            }
        } else if fault < faults.cutPercent + faults.resetPercent + faults.stallPercent {
            let length = world.int(1000...100_000)
            guard stallMax > 0 else { return link }
            world.after(when) { link.pause(.client) }
            world.after(when + length) { [world] in
                world.note("link \(link.id) is read again")
                link.resume(.client)
            }
            if length > stallMax { onDisturbance() }
        }
        return link
    }
}
