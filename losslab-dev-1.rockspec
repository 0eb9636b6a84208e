-- losslab as a rock: `luarocks make` in this folder builds the program and the modules and puts them into a tree. The libraries of C
-- that it links with come from the system (README); data sets and Lua files come with it.
rockspec_format = "3.0"
package = "losslab"
version = "dev-1"
source = { url = "file://." }
description = {
  summary = "A laboratory for loss functions",
  detailed = "Losses with exact gradients, small networks, optimizers and metrics in C, studies as Lua tables, results in SQLite.",
  license = "MIT",
}
dependencies = { "lua >= 5.4, < 5.5", "lua-cjson >= 2.1", "luafilesystem >= 1.8" }
build = {
  type = "make",
  build_target = "all",
  install_target = "install-rock",
  install_variables = { ROCK_LUA = "$(LUADIR)", ROCK_LIB = "$(LIBDIR)", BINDIR = "$(BINDIR)" },
}
