-- wrk's script: cycle through the request targets of a file, one a line.
local targets = {}
local at = 0

function init(arguments)
  for line in io.lines(arguments[1]) do
    targets[#targets + 1] = wrk.format("GET", line)
  end
end

function request()
  at = at % #targets + 1
  return targets[at]
end
