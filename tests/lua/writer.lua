-- ll.system.write and ll.system.writer: files from Lua, whole or not at all. What the writer itself does is tests/unit/file.c.
local lfs = require "lfs"
local ll = require "losslab"
local file = require "losslab.file"
local t = require "tests.lua.tap"

local folder = t.folder()
local path = folder .. "/file"
local function names()
  local n = -2
  for _ in lfs.dir(folder) do n = n + 1 end
  return n
end

ll.system.write(path, "a\0b\n")
t.is(file.read(path), "a\0b\n", "every byte is written")
ll.system.write(path, "")
t.is(file.read(path), "", "also none")
do
  local writer <close> = ll.system.writer(path)
  writer:put("one "):put("two")
  t.is(file.read(path), "", "pieces are not there before the end")
  writer:finish()
  t.is(file.read(path), "one two", "and all of them then")
  t.throws(function() writer:put "three" end, "is closed", "a writer that is finished takes nothing more")
end
do
  local writer <close> = ll.system.writer(path)
  writer:put(("x"):rep(200000))
end
t.is(file.read(path), "one two", "one that is closed before leaves what was there")
ll.system.writer(path):put "lost"
collectgarbage()
t.is({ file.read(path), names() }, { "one two", 1 }, "so does one that is collected")
t.throws(function() file.pieces(path, function(put) put "half" error("boo", 0) end) end, "boo", "an error in the middle")
t.is({ file.read(path), names() }, { "one two", 1 }, "leaves it, too")
local function seven(put) put "whole" return 7 end
t.is({ file.pieces(path, seven), file.read(path) }, { 7, "whole" }, "pieces give what their function gives")
local nowhere = folder .. "/none/x"
t.throws(function() file.write(nowhere, "") end, nowhere .. ": cannot be written: No such file", "a folder that is not there")
local _, why = pcall(file.write, folder, "")
t.is(why, folder .. ": cannot be written: it is a folder, not a file", "errors of losslab.file have no place in our sources")
t.throws(function() ll.system.write(path) end, "the content", "no content")
local said = ll.process.confined(function(send)
  ll.core.seal()
  for _, f in ipairs { function() ll.system.write(path, "x") end, function() ll.system.writer(path) end } do
    send(select(2, pcall(f)))
  end
end, { seconds = 10, bytes = 1e9, output = 1e6 })
t.is({ #said, file.read(path) }, { 2, "whole" }, "code that came with a database writes nothing")
for _, told in ipairs(said) do t.like(told, "reaches no files", "and is told so") end

-- whoever writes through a matrix, a network of each kind or an export replaces a file by a whole one
local net = ll.nn.mlp { 2, 1 }
lfs.link("file", folder .. "/link", true)
for name, save in pairs {
  mlp = function(to) net:save(to) end, layers = function(to) ll.nn.sequential { ll.nn.linear { 2, 1 } }:save(to) end,
  matrix = function(to) ll.matrix { { 1, 2 } }:save(to) end,
} do
  save(folder .. "/link")
  local mode = lfs.symlinkattributes(folder .. "/link", "mode")
  t.is({ mode, file.read(path) ~= "whole", names() }, { "link", true, 2 }, name .. " follows a link")
end
os.remove(folder .. "/link")
os.remove(path)
lfs.rmdir(folder)
t.done()
