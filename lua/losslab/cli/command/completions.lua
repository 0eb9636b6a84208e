-- losslab completions: what Tab offers in a shell, made from the table of commands.
local arguments_of = require "losslab.cli.arguments"
local check = require "losslab.check"
local say = require "losslab.say"

local SHELLS = { "bash", "zsh", "fish" }

return {
  name = "completions",
  summary = "print what makes Tab complete commands, options and names in bash, zsh or fish",
  arguments = { { "SHELL", "bash, zsh or fish" } },
  example = { "losslab completions bash >~/.local/share/bash-completion/completions/losslab",
    "losslab completions fish >~/.config/fish/completions/losslab.fish" },
  notes = [[
make install and the package of Debian put the three where the shells look. By hand: for bash and fish as in the
examples, for zsh as _losslab into a folder of $fpath.
]],
  run = function(_, arguments)
    local shell = arguments[1]
    local known = false
    for _, each in ipairs(SHELLS) do known = known or each == shell end
    if not known then arguments_of.wrong("%s", check.no_such("there is no completion for the shell", shell, SHELLS)) end
    say.out(require("losslab.cli.shells." .. shell)(require "losslab.cli.shells.vocabulary"()))
  end,
}
