-- losslab serve: what losslab watch shows as a page for the browser of this machine.
local followed = require "losslab.cli.followed"
local json = require "losslab.json"
local live = require "losslab.page.live_page"
local ll = require "losslab"
local say = require "losslab.say"
local text = require "losslab.text"

-- What is there, by path: a function of what the databases say.
local PLACES = {
  ["/"] = function(looks) return "text/html; charset=utf-8", live.page(looks, ll.version) end,
  ["/overview.json"] = function(looks) return "application/json", json.encode(followed.plain(looks)) .. "\n" end,
  ["/style.css"] = function() return "text/css; charset=utf-8", live.style end,
  ["/script.js"] = function() return "text/javascript; charset=utf-8", live.script end,
}

local function answer_of(all)
  return function(path)
    local place = PLACES[path]
    if not place then return 404, "text/plain; charset=utf-8", "there is no such page; / is the one\n" end
    return 200, place(followed.look(all))
  end
end

return {
  name = "serve",
  summary = "how studies stand while they run, as a page on this machine",
  arguments = { { "DB", "result databases", many = true } },
  options = {
    { "--port", value = "N", kind = "integer", low = 0, high = 65535, doc = "where it listens (default: 0, one that is free)" },
    { "--six", doc = "on ::1 instead of 127.0.0.1" },
    { "--study", value = "NAME", doc = "that study alone, of the databases that hold it (default: all)" },
  },
  example = { "losslab serve study.db", "losslab serve results/*.db --port 8080" },
  notes = [[
The page says how far each study is, how fast and how long it will take, what is best so far of each loss on each data set, what was
lost and why, and the learning curves of the last trials. It changes by itself while studies run; without scripts it is loaded anew
every five seconds. What is best is so on validation: test parts are not looked at. /overview.json is the same as data
(docs/json.md).

Databases are only read, and only when they have changed. The page is for this machine: it listens on 127.0.0.1, or on ::1 by --six,
and takes requests for names of this machine alone. From elsewhere a tunnel leads to it: ssh -L 8080:127.0.0.1:8080 HOST.
Everybody who has an account on this machine can open the page. Ctrl-C ends it. It needs libmicrohttpd (Debian: libmicrohttpd12).
]],
  run = function(given, arguments)
    local all = {}
    for i, path in ipairs(arguments) do all[i] = followed.new(path, given.study) end
    for _, look in ipairs(followed.look(all)) do
      if look.error then error(look.error, 0) end
    end
    local address = given.six and "::1" or "127.0.0.1"
    local fine, server = pcall(ll.http.open, answer_of(all), { address = address, port = given.port or 0, headers = live.headers })
    if not fine then error(text.clean((tostring(server):gsub("^[^:]*:%d+: ", ""))), 0) end
    ll.process.catch()
    say.out(string.format("http://%s:%d/\n", given.six and "[::1]" or address, server:port()))
    say.flush()
    say.remark "losslab: Ctrl-C ends it\n"
    while not ll.process.caught() do server:wait(60) end
    server:close()
    ll.process.uncatch()
    for _, each in ipairs(all) do each:close() end
  end,
}
