std = "lua54"
max_line_length = 132
exclude_files = { "build", "bin" }
