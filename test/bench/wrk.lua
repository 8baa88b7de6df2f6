-- Sends the requests of a file in turn. Its lines: method, Authorization or "-", body or "-", then one path each.
-- Prints the outcome as one line of JSON after "RESULT ".
local requests, at = {}, 0

function init(args)
  local file = assert(io.open(args[1]))
  local method, token, body = file:read("l"), file:read("l"), file:read("l")
  if token ~= "-" then wrk.headers["Authorization"] = token end
  if body ~= "-" then wrk.headers["Content-Type"] = "application/json" else body = nil end
  for path in file:lines() do requests[#requests + 1] = wrk.format(method, path, nil, body) end
  file:close()
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local e = summary.errors
  print(string.format('RESULT {"requests":%d,"microseconds":%d,"bytes":%d,"p50":%d,"p99":%d,"refused":%d,"broken":%d}',
    summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99),
    e.status, e.connect + e.read + e.write + e.timeout))
end
