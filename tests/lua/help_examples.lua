-- The examples of help run, each in an empty folder, and print what they say.
-- Words behind the file's name limit it to names that hold one of them: bin/losslab tests/lua/help_examples.lua matrix
local t = require "tests.lua.tap"
local entries = require "losslab.help.entries"
local example = require "losslab.help.example"
local lfs = require "lfs"
local reach = require "tests.lua.fixture_reach"

local home = lfs.currentdir()
local base = t.folder()
local say = require "losslab.say"

local failed, count = {}, 0
local function wrong(entry, format, ...)
  failed[#failed + 1] = string.format("%s (%s:%s): ", entry.name, entry.file, entry.line or "") .. string.format(format, ...)
end

for i, entry in ipairs(entries.all()) do
  if entry.example and entry.kind ~= "command" and reach.wanted(entry.name) then
    local folder = base .. "/" .. i
    lfs.mkdir(folder)
    lfs.chdir(folder)
    count = count + 1
    local out = say.out
    say.out = function() return true end -- what help prints is not this test's output
    local ran = example.run(entry.example)
    say.out = out
    lfs.chdir(home)
    if ran.error then wrong(entry, "%s", ran.error) end
    for _, each in ipairs(ran) do
      if each.refused and not ran.error then
        if not each.failed then wrong(entry, "line %d raises nothing", each.line)
        elseif not example.agrees(each.want, each.why) and not each.why:find(each.want:gsub("….*$", ""), 1, true) then
          wrong(entry, "line %d raises %s, not %s", each.line, each.why, each.want)
        end
      elseif each.want and not ran.error and not example.agrees(each.want, each.got) then
        wrong(entry, "line %d prints %s, not %s", each.line, each.got or "nothing", each.want)
      end
    end
  end
end
os.execute("rm -rf '" .. base .. "'")

t.ok(count > 0, "examples were run")
t.is(#failed, 0, "examples that fail or print something else")
for _, each in ipairs(failed) do t.note("%s", each) end

t.ok(example.agrees("1 2", "1.00001 2"), "numbers agree within 1e-4")
t.ok(not example.agrees("1 2", "1.001 2"), "and no farther")
t.ok(example.agrees("error: … is 3", "error: what you gave is 3"), "… stands for anything")
t.ok(not example.agrees("a … c", "a b d"), "but not for what follows it")
local ran = example.run "local a = 2\na + 1  --> 3\nerror 'no'  --> error: no\nprint(a)  --> 2"
t.is({ ran[2].got, ran[3].failed, ran[4].got, ran.error }, { "3", true, "2" }, "an example's lines are run one after the other")
t.is(example.run("nothing.at.all").error ~= nil, true, "an error that is not expected is told")

t.done()
