-- losslab watch: how studies stand while they run, in the terminal.
local followed = require "losslab.cli.followed"
local ll = require "losslab"
local picture = require "losslab.cli.watch_picture"
local say = require "losslab.say"
local text = require "losslab.text"

local function print_picture(looks, given)
  if given.json then return say.json(followed.plain(looks)) end
  local lines = picture.lines(looks, text.room(), nil, text.paint(1))
  say.out(table.concat(lines, "\n"), "\n")
end

local function has_changed(looks)
  for _, look in ipairs(looks) do
    if look.changed then return true end
  end
  return false
end

-- On a terminal: the screen, until all is finished or somebody has seen enough.
local function on_screen(all, looks, seconds)
  local pressed, signal
  local fine, why = pcall(function()
    repeat
      local width, height = ll.system.terminal(1)
      if not width then break end -- it is gone
      width = math.min(text.room(), width) - 1
      local lines = picture.lines(looks, width, height - 2, text.paint(1))
      lines[#lines + 1], lines[#lines + 2] = "", text.shorten("q ends this, and nothing else", width)
      say.screen(lines)
      if followed.done(looks) then break end
      pressed, signal = ll.system.key(seconds), ll.process.caught()
      looks = followed.look(all)
    until signal or pressed and pressed:find "[qQ]"
  end)
  say.screen()
  if not fine then error(why, 0) end
  return looks, signal
end

-- To a file or a pipe: a line a study, or one of JSON, where something is other than it was.
local function in_lines(all, looks, seconds, given)
  while true do
    if has_changed(looks) then
      if given.json then print_picture(looks, given) else say.out(table.concat(picture.short(looks), "\n"), "\n") end
      say.flush()
    end
    if followed.done(looks) then return nil end
    ll.system.key(seconds)
    local signal = ll.process.caught()
    if signal then return signal end
    looks = followed.look(all)
  end
end

return {
  name = "watch",
  summary = "how studies stand while they run: progress, rates, the best so far, what was lost",
  arguments = { { "DB", "result databases", many = true } },
  options = {
    { "--once", doc = "say it once, and end" },
    { "--every", value = "SECONDS", kind = "integer", low = 1, high = 86400,
      doc = "how often to look (default: 1 on a terminal, else 10)" },
    { "--study", value = "NAME", doc = "that study alone, of the databases that hold it (default: all)" },
  },
  json = true,
  example = { "losslab watch study.db", "losslab watch study.db --once --json" },
  notes = [[
On a terminal the picture stays until the studies are finished, or until q or Ctrl-C; the studies run on. To a file or a pipe a line
is written for each look at which something was other. --json writes objects instead: a line a look, or one with --once
(docs/json.md).

Of each loss on each data set the best configuration so far is shown, by its mean on validation; test parts are not looked at. The
rate is that of the last ten minutes; the time left supposes that what is to come takes as long as what there was of the same loss
and data set. Databases are only read, and only when they have changed. losslab serve shows the same as a page.
]],
  run = function(given, arguments)
    local all = {}
    for i, path in ipairs(arguments) do all[i] = followed.new(path, given.study) end
    local looks = followed.look(all)
    for _, look in ipairs(looks) do
      if look.error then error(look.error, 0) end
    end
    if given.once then return print_picture(looks, given) end
    local seen, signal
    ll.process.catch()
    if ll.system.terminal(1) and os.getenv "TERM" ~= "dumb" and not given.json then
      seen, signal = on_screen(all, looks, given.every or 1)
      print_picture(seen, given)
    else
      signal = in_lines(all, looks, given.every or 10, given)
    end
    ll.process.uncatch()
    return signal and 130 or 0
  end,
}
