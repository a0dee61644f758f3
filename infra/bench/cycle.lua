-- wrk's script: cycle through the requests of a file, one a line: a target, and behind tabs, where there are, the cookies and
-- what Cloudflare knows of the visitor.
local requests = {}
local at = 0

function init(arguments)
  for line in io.lines(arguments[1]) do
    local target, cookies = line:match("^([^\t]*)\t?([^\t]*)")
    local cf = line:match("^[^\t]*\t[^\t]*\t(.*)$")
    local headers = { ["sec-ch-ua-mobile"] = "?0", ["sec-ch-ua-platform"] = '"Windows"' }
    if cookies ~= "" then
      headers["cookie"] = cookies
    end
    if cf then
      headers["CF-Blob"] = cf
    end
    requests[#requests + 1] = wrk.format("GET", target, headers)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end
