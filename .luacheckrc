std = "lua54"
max_line_length = 132
exclude_files = { "build", "bin" }

-- A study script is given ll (lua/losslab/study/study.lua).
files["experiments"] = { read_globals = { "ll" } }
