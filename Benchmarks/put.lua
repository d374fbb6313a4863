-- PUTs hybrid connections: each request changes the row that it writes.
-- arguments: path of the namespace's hybridConnections, number of names
local counter = 0
local path, names

function init(args)
    path = args[1]
    names = tonumber(args[2])
    math.randomseed(os.time())
    counter = math.random(1, names)
end

function request()
    counter = counter + 1
    local body = '{"properties":{"userMetadata":"change ' .. counter .. ' ' .. math.random(1, 1e9) .. '"}}'
    local target = path .. "/hc" .. (counter % names) .. "?api-version=2021-11-01"
    return wrk.format("PUT", target, wrk.headers, body)
end

function done(summary, latency)
    io.write(string.format("errors %d\n", summary.errors.status + summary.errors.connect + summary.errors.read))
end
