-- docs/by_hand.md is run as it stands, in a folder of its own.
local t = require "tests.lua.tap"

local program = assert(os.getenv "LOSSLAB")
if program:sub(1, 1) ~= "/" then program = require "lfs".currentdir() .. "/" .. program end
local folder, write = t.folder()
local page <close> = assert(io.open "docs/by_hand.md")
local count = 0
for head, body in page:read("a"):gmatch "\n```([^\n]*)\n(.-)\n```" do
  local language, name = head:match "^(%a+)%s*(.*)$"
  count = count + 1
  if name ~= "" then write(name, body .. "\n")
  else
    local script = write("script", body .. "\n")
    local command = language == "sh" and "sh '" .. script .. "'" or ("'%s' '%s'"):format(program, script)
    local fine = os.execute(("cd '%s' && ln -sf '%s' losslab && PATH=$PWD:$PATH %s >out 2>&1"):format(folder, program, command))
    local out <close> = assert(io.open(folder .. "/out"))
    local said = out:read "a"
    t.ok(fine, ("block %d (%s) runs: %s"):format(count, language, fine and "" or said))
    if body:find "trial.metrics.test.auc" then t.like(said, "\ntrue\n", "the network from the database scores as recorded") end
  end
end
t.ok(count >= 8, "the page holds its blocks")
os.execute(("rm -r '%s'"):format(folder))
t.done()
