-- wrk's script: cycle through the requests of a file, one a line: a target, and behind a tab, where there is one, the cookies.
local requests = {}
local at = 0

function init(arguments)
  for line in io.lines(arguments[1]) do
    local target, cookies = line:match("^([^\t]*)\t?(.*)$")
    local headers = { ["sec-ch-ua-mobile"] = "?0", ["sec-ch-ua-platform"] = '"Windows"' }
    if cookies ~= "" then
      headers["cookie"] = cookies
    end
    requests[#requests + 1] = wrk.format("GET", target, headers)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end
